using StableQuant.Decoding;
using StableQuant.Recognition;

namespace StableQuant.Alignment;

/// <summary>
/// Aligns a text with logits that come chunk by chunk: the cheapest way through the trellis of all frames and all states of the text (Viterbi), exactly, with
/// memory for 8 · √(8 · frames) · tokens bytes and a few more a frame. All of it is allocated up front: adding chunks allocates nothing. <see cref="Aligner"/> does this
/// for a model and a recording.
/// </summary>
/// <remarks>
/// <para>Characters that the vocabulary lacks take the best token of each frame that is neither blank nor delimiter. Case, marks, width and typographic apostrophes are
/// folded to what the vocabulary has. Between words, delimiters are taken but not needed.</para>
/// <para>The score of a character is its goodness of pronunciation: the mean over its frames of the logarithm of its token's posterior less that of the
/// best other token of the frame, in nats. Positive where the model hears the character, negative where it hears something else instead. A word's is the mean of its characters'.</para>
/// <para>Sources: L. Kürzinger et al., CTC-Segmentation of Large Corpora, SPECOM 2020 (alignment); S. M. Witt and S. J. Young, Phone-level pronunciation scoring and assessment,
/// Speech Communication 30 (2000), and W. Hu et al., Improved mispronunciation detection with deep neural network trained acoustic models, Speech Communication 67 (2015), log posterior ratio (score).</para>
/// </remarks>
public sealed class AlignmentSession
{
    private readonly CtcVocabulary vocabulary;
    private readonly FrameTiming timing;
    private readonly AlignmentText text;
    private readonly FrameCosts costs;
    private readonly CheckpointedTrellis trellis;
    private readonly SpeechLevels levels;

    /// <summary>Prepares an alignment.</summary>
    /// <param name="vocabulary">The model's tokens.</param>
    /// <param name="timing">When its frames are.</param>
    /// <param name="text">What was spoken.</param>
    /// <param name="maxFrames">The most frames that will be added.</param>
    /// <param name="options">What may be skipped; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxFrames"/> is negative, or <paramref name="timing"/> is empty.</exception>
    /// <exception cref="OutOfMemoryException">There is not so much memory.</exception>
    public AlignmentSession(CtcVocabulary vocabulary, FrameTiming timing, string text, int maxFrames, AlignmentOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegative(maxFrames);
        ArgumentOutOfRangeException.ThrowIfZero(timing.SampleRate, nameof(timing));
        options ??= new AlignmentOptions();
        this.vocabulary = vocabulary;
        this.timing = timing;
        this.text = new AlignmentText(text, vocabulary);
        costs = new FrameCosts(vocabulary, this.text, maxFrames, options.SkipsSpeech);
        trellis = new CheckpointedTrellis(new TrellisGraph(this.text, costs.Columns, options.SkipsText), costs);
        levels = new SpeechLevels(timing.ReceptiveField + ((long)maxFrames * timing.SamplesPerFrame), timing.SampleRate);
    }

    /// <summary>Adds the logits of the frames that follow.</summary>
    /// <param name="logits">[frames, vocabulary] values, row by row; NaN counts as −∞.</param>
    /// <param name="frames">Number of rows.</param>
    /// <exception cref="ArgumentException"><paramref name="logits"/> holds fewer rows, or these are more frames than there is room for.</exception>
    public void AddLogits(ReadOnlySpan<float> logits, int frames)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frames);
        if (logits.Length < (long)frames * vocabulary.Count)
        {
            throw new ArgumentException($"{frames} frames of {vocabulary.Count} tokens take {(long)frames * vocabulary.Count} logits, there are {logits.Length}.", nameof(logits));
        }

        if (frames > costs.Capacity - costs.Count)
        {
            throw new ArgumentException($"There is room for {costs.Capacity} frames; {costs.Count} and {frames} are more.", nameof(frames));
        }

        for (int frame = 0; frame < frames; frame++)
        {
            costs.Add(logits.Slice(frame * vocabulary.Count, vocabulary.Count));
            trellis.Advance();
        }
    }

    /// <summary>Adds the samples that follow. Without any, times are the tokens' own, corrected by what is known of these.</summary>
    /// <param name="pcm">Samples, mono; the first of all belongs to the first frame.</param>
    public void AddAudio(ReadOnlySpan<float> pcm) => levels.Append(pcm);

    /// <summary>Forgets all frames and samples, for another recording of the same text.</summary>
    public void Clear()
    {
        costs.Clear();
        trellis.Clear();
        levels.Clear();
    }

    /// <summary>Finds the alignment of what was added so far; more may be added afterwards.</summary>
    /// <returns>The words and characters, with times.</returns>
    /// <exception cref="InvalidOperationException">There are too few frames for the text.</exception>
    public TextAlignment Align()
    {
        var path = new int[costs.Count];
        if (!trellis.TryFindPath(path))
        {
            throw new InvalidOperationException(
                $"{costs.Count} frames ({timing.Middle(costs.Count):0.00} s) are too few for a text of {text.Tokens.Count} tokens, each of which takes one at least; {nameof(AlignmentOptions.SkipsText)} aligns what there is.");
        }

        return new AlignmentBuilder(text, costs, timing, levels).Build(path);
    }
}
