namespace StableQuant.Decoding;

/// <summary>
/// Greedy decoding of connectionist temporal classification: the best token of every frame, repeats collapsed, blanks
/// dropped. No call allocates; one instance serves any number of threads.
/// </summary>
/// <remarks>Source: A. Graves et al., Connectionist Temporal Classification, ICML 2006, section 3.2, best path decoding.</remarks>
public sealed class CtcDecoder
{
    private readonly CtcVocabulary vocabulary;

    /// <summary>Makes a decoder.</summary>
    /// <param name="vocabulary">The model's tokens.</param>
    public CtcDecoder(CtcVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        this.vocabulary = vocabulary;
    }

    /// <summary>The most characters that the text of so many frames can have.</summary>
    /// <param name="frames">Number of frames; not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="frames"/> is negative, or the answer exceeds <see cref="int.MaxValue"/>.</exception>
    public int MaxTextLength(int frames)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frames);
        long length = (long)frames * vocabulary.LongestText;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, int.MaxValue, nameof(frames));
        return (int)length;
    }

    /// <summary>Finds the tokens of one utterance.</summary>
    /// <param name="logits">[frames, vocabulary] values, row by row. The first of equal maxima wins, NaN never does.</param>
    /// <param name="frames">Number of rows.</param>
    /// <param name="tokens">Receives the tokens, in order: at most one a frame.</param>
    /// <returns>The number of tokens.</returns>
    /// <exception cref="ArgumentException"><paramref name="logits"/> holds fewer rows, <paramref name="frames"/> is negative, or <paramref name="tokens"/> is too small for these.</exception>
    public int Decode(ReadOnlySpan<float> logits, int frames, Span<CtcToken> tokens)
    {
        logits = Rows(logits, frames);
        int count = 0;
        for (var runs = new GreedyRuns(logits, vocabulary.Count, vocabulary.Blank); runs.MoveNext(); count++)
        {
            if (count == tokens.Length)
            {
                throw new ArgumentException($"There are more than {tokens.Length} tokens; as many as frames always suffice ({frames}).", nameof(tokens));
            }

            float probability = 0;
            for (int frame = runs.FirstFrame; frame < runs.EndFrame; frame++)
            {
                probability = Math.Max(probability, LogSoftmax.Posterior(logits.Slice(frame * vocabulary.Count, vocabulary.Count), runs.Token));
            }

            tokens[count] = new CtcToken(runs.Token, runs.FirstFrame, runs.EndFrame, probability);
        }

        return count;
    }

    /// <summary>Writes the text of one utterance.</summary>
    /// <param name="logits">[frames, vocabulary] values, row by row; any monotonic scale will do. The first of equal maxima wins, NaN never does.</param>
    /// <param name="frames">Number of rows.</param>
    /// <param name="text">Receives the text: no space at its start or end, never two in a row.</param>
    /// <returns>The number of characters written.</returns>
    /// <exception cref="ArgumentException"><paramref name="logits"/> holds fewer rows, <paramref name="frames"/> is negative, or <paramref name="text"/> is too small for this text.</exception>
    public int Decode(ReadOnlySpan<float> logits, int frames, Span<char> text)
    {
        var writer = new CtcTextWriter(vocabulary, text);
        for (var runs = new GreedyRuns(Rows(logits, frames), vocabulary.Count, vocabulary.Blank); runs.MoveNext();)
        {
            writer.Add(runs.Token);
        }

        return writer.Length;
    }

    private ReadOnlySpan<float> Rows(ReadOnlySpan<float> logits, int frames)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frames);
        long values = (long)frames * vocabulary.Count;
        return logits.Length >= values
            ? logits[..(int)values]
            : throw new ArgumentException($"{frames} frames of {vocabulary.Count} tokens take {values} logits, there are {logits.Length}.", nameof(logits));
    }
}
