namespace StableQuant.Runtime;

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

    /// <summary>Writes the text of one utterance.</summary>
    /// <param name="logits">[frames, vocabulary] values, row by row; any monotonic scale will do. The first of equal maxima wins, NaN never does.</param>
    /// <param name="frames">Number of rows.</param>
    /// <param name="text">Receives the text: no space at its start or end, never two in a row.</param>
    /// <returns>The number of characters written.</returns>
    /// <exception cref="ArgumentException"><paramref name="logits"/> holds fewer rows, <paramref name="frames"/> is negative, or <paramref name="text"/> is too small for this text.</exception>
    public int Decode(ReadOnlySpan<float> logits, int frames, Span<char> text)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frames);
        int width = vocabulary.Count;
        if (logits.Length < (long)frames * width)
        {
            throw new ArgumentException($"{frames} frames of {width} tokens take {(long)frames * width} logits, there are {logits.Length}.", nameof(logits));
        }

        ReadOnlySpan<string> texts = vocabulary.Texts;
        int previous = -1;
        int length = 0;
        // A space is owed until a character follows it: so none comes first, last or twice.
        bool owesSpace = false;
        for (int frame = 0; frame < frames; frame++)
        {
            int token = IndexOfMax(logits.Slice(frame * width, width));
            if (token == previous)
            {
                continue;
            }

            previous = token;
            foreach (char c in texts[token])
            {
                if (c == ' ')
                {
                    owesSpace = length > 0;
                    continue;
                }

                if (owesSpace)
                {
                    length = Write(text, length, ' ');
                    owesSpace = false;
                }

                length = Write(text, length, c);
            }
        }

        return length;
    }

    private int Write(Span<char> text, int length, char c)
    {
        if (length == text.Length)
        {
            throw new ArgumentException($"The text does not fit into {text.Length} characters; {nameof(MaxTextLength)} tells how many always do (up to {vocabulary.LongestText} a frame).", nameof(text));
        }

        text[length] = c;
        return length + 1;
    }

    private static int IndexOfMax(ReadOnlySpan<float> row)
    {
        int best = 0;
        float max = float.NegativeInfinity;
        for (int i = 0; i < row.Length; i++)
        {
            if (row[i] > max)
            {
                max = row[i];
                best = i;
            }
        }

        return best;
    }
}
