using StableQuant.Decoding;
using StableQuant.Kernels;
using StableQuant.Layout;
using StableQuant.Threads;

namespace StableQuant;

/// <summary>What every compiled model shares: limits, arena and decoding. Generated classes derive from it.</summary>
public abstract unsafe class SpeechModel : ISpeechModel
{
    /// <summary>The longest utterance that any instance can be made for, in seconds.</summary>
    public const double LongestSeconds = FrontEndLayout.MaxSeconds;

    private readonly CtcDecoder decoder;
    private readonly Arena arena = new();
    private readonly int threads;

    /// <summary>Takes the model's constants and the limit; <see cref="Allocate"/> must follow.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="minSamples">Samples that make one frame.</param>
    /// <param name="samplesPerFrame">Samples from one frame to the next.</param>
    /// <param name="maxSeconds">The longest utterance accepted.</param>
    /// <param name="threads">Threads that work on one utterance, the caller's own included.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The limit is too short for one frame, above an hour, or no number; or there are not 1 to <see cref="ThreadTeam.MaxThreads"/> threads.
    /// </exception>
    protected SpeechModel(CtcVocabulary vocabulary, int minSamples, int samplesPerFrame, double maxSeconds, int threads)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        double min = minSamples / (double)FrontEndLayout.SampleRate;
        if (!(maxSeconds >= min && maxSeconds <= LongestSeconds))
        {
            throw new ArgumentOutOfRangeException(nameof(maxSeconds), maxSeconds, Invariant($"maxSeconds must be from {min} to {LongestSeconds}."));
        }

        ThreadTeam.CheckSize(threads);
        decoder = new CtcDecoder(vocabulary);
        Vocabulary = vocabulary;
        MinSamples = minSamples;
        SamplesPerFrame = samplesPerFrame;
        MaxSamples = (int)Math.Ceiling(maxSeconds * FrontEndLayout.SampleRate);
        this.threads = threads;
    }

    /// <inheritdoc/>
    public int SampleRate => FrontEndLayout.SampleRate;

    /// <inheritdoc/>
    public int MaxSamples { get; }

    /// <inheritdoc/>
    public int MinSamples { get; }

    /// <inheritdoc/>
    public int SamplesPerFrame { get; }

    /// <inheritdoc/>
    public CtcVocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public int VocabularySize => Vocabulary.Count;

    /// <inheritdoc/>
    public string Kernels => InstructionSets.Name(InstructionSets.Current);

    /// <inheritdoc/>
    public abstract int FrameCount(int samples);

    /// <inheritdoc/>
    public int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits)
    {
        int frames = CheckedFrames(pcm16k);
        int values = frames * VocabularySize;
        if (logits.Length < values)
        {
            throw new ArgumentException($"The logits of {pcm16k.Length} samples are {values} values; there is room for {logits.Length}.", nameof(logits));
        }

        byte* memory = arena.Enter(this);
        try
        {
            Infer(pcm16k, frames, memory).CopyTo(logits);
            return frames;
        }
        finally
        {
            arena.Leave();
        }
    }

    /// <inheritdoc/>
    public int Transcribe(ReadOnlySpan<float> pcm16k, Span<char> text)
    {
        int frames = CheckedFrames(pcm16k);
        byte* memory = arena.Enter(this);
        try
        {
            return decoder.Decode(Infer(pcm16k, frames, memory), frames, text);
        }
        finally
        {
            arena.Leave();
        }
    }

    /// <inheritdoc/>
    public int MaxTextLength(int samples) => decoder.MaxTextLength(FrameCount(samples));

    /// <inheritdoc/>
    public void Dispose()
    {
        arena.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The threads that work on an utterance.</summary>
    protected ThreadTeam Team => arena.Team!;

    /// <summary>Runs front end and network.</summary>
    /// <param name="pcm">The utterance; its length is within the limits.</param>
    /// <param name="memory">The arena.</param>
    /// <returns>The logits [frames, vocabulary], within the arena.</returns>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    protected abstract float* Forward(ReadOnlySpan<float> pcm, byte* memory);

    /// <summary>Allocates the arena and starts the threads: the last thing that a constructor does.</summary>
    /// <param name="bytes">What the memory plan asks for.</param>
    /// <exception cref="ArgumentException">The logits of the longest utterance would not fit one span.</exception>
    /// <exception cref="OutOfMemoryException">There is not so much memory, or there are no more threads.</exception>
    protected void Allocate(long bytes)
    {
        if ((long)FrameCount(MaxSamples) * VocabularySize > int.MaxValue)
        {
            throw new ArgumentException(
                Invariant($"The logits of maxSeconds {MaxSamples / (double)FrontEndLayout.SampleRate:0.###} would be more than {int.MaxValue} values; use a smaller maxSeconds."));
        }

        arena.Allocate(bytes, threads);
    }

    /// <summary>
    /// Where the next slot of a memory plan begins: aligned, and far enough for vectors that read past a slot's last row.
    /// </summary>
    /// <param name="start">Where the slot begins.</param>
    /// <param name="bytes">Bytes of the slot.</param>
    protected internal static long NextSlot(long start, long bytes) => ArenaLayout.NextSlot(start, bytes);

    private ReadOnlySpan<float> Infer(ReadOnlySpan<float> pcm, int frames, byte* memory) => new(Forward(pcm, memory), frames * VocabularySize);

    private int CheckedFrames(ReadOnlySpan<float> pcm16k)
    {
        int samples = pcm16k.Length;
        if (samples < MinSamples)
        {
            throw new ArgumentException(
                Invariant($"The utterance has {samples} samples; the model needs at least {MinSamples} ({MinSamples * 1000.0 / FrontEndLayout.SampleRate} ms)."), nameof(pcm16k));
        }

        return samples <= MaxSamples ? FrameCount(samples) : throw new ArgumentException(
            Invariant($"The utterance has {samples} samples ({samples / (double)FrontEndLayout.SampleRate:0.0} s); this instance accepts {MaxSamples} (maxSeconds: {MaxSamples / (double)FrontEndLayout.SampleRate:0.###}). Make it with a larger maxSeconds, or cut the audio."), nameof(pcm16k));
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
