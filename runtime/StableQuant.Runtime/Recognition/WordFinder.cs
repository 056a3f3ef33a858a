using StableQuant.Decoding;

namespace StableQuant.Recognition;

/// <summary>
/// Finds the words of an utterance among its tokens, when each was spoken, and how sure the model is of it. An instance has a
/// workspace for the longest utterance and serves one call at a time; no call that writes to a span allocates.
/// </summary>
/// <remarks>
/// <para>Times are bounds of the sound: the frames of a word's tokens are put at the middle of what they hear, and its
/// start and end are then moved outwards, as far as the energy of the signal says that the word reaches into the blanks around, in steps of 10 ms.</para>
/// <para>Confidence is the posterior probability of the spelling, by the forward variables over all alignments within the
/// word's frames, times the largest posterior of the word delimiters on either side.</para>
/// <para>Words lie between word delimiters, or begin with a token that begins with a space or with ▁; where a vocabulary has neither, each token
/// is a word.</para>
/// </remarks>
public sealed class WordFinder
{
    private readonly CtcVocabulary vocabulary;
    private readonly FrameTiming timing;
    private readonly int maxSamples;
    private readonly WordRuns runs;
    private readonly SpeechLevels levels;
    private readonly SpellingPosterior posterior;

    /// <summary>Makes a finder and its workspace.</summary>
    /// <param name="vocabulary">The model's tokens.</param>
    /// <param name="timing">When its frames are.</param>
    /// <param name="maxSamples">The longest utterance, in samples.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxSamples"/> is negative, or <paramref name="timing"/> is empty.</exception>
    public WordFinder(CtcVocabulary vocabulary, FrameTiming timing, int maxSamples)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentOutOfRangeException.ThrowIfNegative(maxSamples);
        ArgumentOutOfRangeException.ThrowIfZero(timing.SampleRate, nameof(timing));
        this.vocabulary = vocabulary;
        this.timing = timing;
        this.maxSamples = maxSamples;
        runs = new WordRuns(vocabulary);
        levels = new SpeechLevels(maxSamples, timing.SampleRate);
        posterior = new SpellingPosterior(vocabulary.Count, vocabulary.Blank, (maxSamples / timing.SamplesPerFrame) + 1);
    }

    /// <summary>Finds the words of one utterance.</summary>
    /// <param name="tokens">What a decoder found, in order.</param>
    /// <param name="logits">[frames, vocabulary] values that it found them in.</param>
    /// <param name="pcm">The utterance. Where it is empty, times are the tokens' own, corrected by what is known of these.</param>
    /// <param name="words">Receives the words, in order and without overlap: at most one a token.</param>
    /// <returns>The number of words.</returns>
    /// <exception cref="ArgumentException">
    /// The utterance is longer than the workspace, a token is not of the vocabulary or has frames that the logits or the workspace do not have, or <paramref name="words"/> is too small.
    /// </exception>
    public int Find(ReadOnlySpan<CtcToken> tokens, ReadOnlySpan<float> logits, ReadOnlySpan<float> pcm, Span<WordSpan> words)
    {
        Check(tokens, logits, pcm);
        int count = 0;
        for ((int first, int end) = runs.Next(tokens, 0); first < tokens.Length; (first, end) = runs.Next(tokens, end), count++)
        {
            if (count == words.Length)
            {
                throw new ArgumentException($"There are more than {words.Length} words; as many as tokens always suffice ({tokens.Length}).", nameof(words));
            }

            double confidence = posterior.Of(tokens[first..end], logits) * Delimiter(tokens, first - 1) * Delimiter(tokens, end);
            words[count] = new WordSpan(first, end, 0, 0, (float)confidence);
        }

        SetTimes(tokens, pcm, words[..count]);
        return count;
    }

    /// <summary>Finds the words of one utterance, with their texts: the form that allocates.</summary>
    /// <param name="tokens">What a decoder found, in order.</param>
    /// <param name="logits">[frames, vocabulary] values that it found them in.</param>
    /// <param name="pcm">The utterance, or nothing.</param>
    /// <returns>The words, in order and without overlap.</returns>
    /// <exception cref="ArgumentException">As for the other form.</exception>
    public Word[] Find(ReadOnlySpan<CtcToken> tokens, ReadOnlySpan<float> logits, ReadOnlySpan<float> pcm)
    {
        var spans = new WordSpan[tokens.Length];
        int count = Find(tokens, logits, pcm, spans);
        var words = new Word[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<CtcToken> spelling = tokens[spans[i].FirstToken..spans[i].EndToken];
            var text = new char[spelling.Length * vocabulary.LongestText];
            ReadOnlySpan<char> written = text.AsSpan(0, vocabulary.WriteText(spelling, text));
            words[i] = new Word(written.ToString(), spans[i].Start, spans[i].End, spans[i].Confidence);
        }

        return words;
    }

    private void SetTimes(ReadOnlySpan<CtcToken> tokens, ReadOnlySpan<float> pcm, Span<WordSpan> words)
    {
        levels.Clear();
        levels.Append(pcm);
        var timer = new WordTimer(levels, timing);
        for (int i = 0; i <= words.Length && words.Length > 0; i++)
        {
            (double start, double end) = i < words.Length
                ? timer.Next(tokens[words[i].FirstToken].FirstFrame, tokens[words[i].EndToken - 1].EndFrame)
                : timer.Last();
            if (i > 0)
            {
                words[i - 1] = words[i - 1] with { Start = start, End = end };
            }
        }
    }

    // 1 where there is none: at the ends of an utterance, and where words are not delimited.
    private float Delimiter(ReadOnlySpan<CtcToken> tokens, int index) =>
        (uint)index < (uint)tokens.Length && tokens[index].Id == vocabulary.WordDelimiter ? tokens[index].Probability : 1;

    private void Check(ReadOnlySpan<CtcToken> tokens, ReadOnlySpan<float> logits, ReadOnlySpan<float> pcm)
    {
        if (pcm.Length > maxSamples)
        {
            throw new ArgumentException($"The utterance has {pcm.Length} samples; there is a workspace for {maxSamples}.", nameof(pcm));
        }

        int frames = Math.Min(logits.Length / vocabulary.Count, (maxSamples / timing.SamplesPerFrame) + 1);
        int last = 0;
        foreach (CtcToken token in tokens)
        {
            if ((uint)token.Id >= (uint)vocabulary.Count || token.FirstFrame < last || token.EndFrame <= token.FirstFrame || token.EndFrame > frames)
            {
                throw new ArgumentException($"{token}: not among {vocabulary.Count} tokens, or not in order within {frames} frames.", nameof(tokens));
            }

            last = token.EndFrame;
        }
    }
}
