using StableQuant.Kernels;
using StableQuant.Layout;
using StableQuant.Threads;

namespace StableQuant;

/// <summary>What every compiled model shares: limits and arena. Generated classes derive from one of its heirs, by what they answer.</summary>
public abstract unsafe class CompiledModel : ICompiledModel
{
    /// <summary>The longest utterance that any instance can be made for, in seconds.</summary>
    public const double LongestSeconds = FrontEndLayout.MaxSeconds;

    private readonly Arena arena = new();
    private readonly int threads;

    /// <summary>Takes the model's constants and the limit; <see cref="Allocate"/> must follow.</summary>
    /// <param name="width">Values of a frame of the network's result.</param>
    /// <param name="minSamples">Samples that make one frame.</param>
    /// <param name="samplesPerFrame">Samples from one frame to the next.</param>
    /// <param name="maxSeconds">The longest utterance accepted.</param>
    /// <param name="threads">Threads that work on one utterance, the caller's own included.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The limit is too short for one frame, above an hour, or no number; or there are not 1 to <see cref="ThreadTeam.MaxThreads"/> threads.
    /// </exception>
    protected CompiledModel(int width, int minSamples, int samplesPerFrame, double maxSeconds, int threads)
    {
        double min = minSamples / (double)FrontEndLayout.SampleRate;
        if (!(maxSeconds >= min && maxSeconds <= LongestSeconds))
        {
            throw new ArgumentOutOfRangeException(nameof(maxSeconds), maxSeconds, Invariant($"maxSeconds must be from {min} to {LongestSeconds}."));
        }

        ThreadTeam.CheckSize(threads);
        Width = width;
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
    public string Kernels => InstructionSets.Name(InstructionSets.Current);

    /// <inheritdoc/>
    public abstract int FrameCount(int samples);

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
    /// <returns>The result [frames, width], within the arena.</returns>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    protected abstract float* Forward(ReadOnlySpan<float> pcm, byte* memory);

    /// <summary>Allocates the arena and starts the threads: the last thing that a constructor does.</summary>
    /// <param name="bytes">What the memory plan asks for.</param>
    /// <exception cref="ArgumentException">The result of the longest utterance would not fit one span.</exception>
    /// <exception cref="OutOfMemoryException">There is not so much memory, or there are no more threads.</exception>
    protected void Allocate(long bytes)
    {
        if ((long)FrameCount(MaxSamples) * Width > int.MaxValue)
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

    /// <summary>Values of a frame of the network's result.</summary>
    private protected int Width { get; }

    /// <summary>Begins a call; <see cref="Leave"/> must follow.</summary>
    /// <returns>The arena.</returns>
    private protected byte* Enter() => arena.Enter(this);

    /// <summary>Ends a call.</summary>
    private protected void Leave() => arena.Leave();

    /// <summary>The network's result, within the arena.</summary>
    private protected ReadOnlySpan<float> Infer(ReadOnlySpan<float> pcm, int frames, byte* memory) => new(Forward(pcm, memory), frames * Width);

    /// <summary>Writes the network's result.</summary>
    /// <returns>The number of frames.</returns>
    private protected int Run(ReadOnlySpan<float> pcm16k, Span<float> result, string what, string parameter)
    {
        int frames = CheckedFrames(pcm16k);
        CheckRoom(pcm16k.Length, frames * Width, result.Length, what, parameter);
        byte* memory = Enter();
        try
        {
            Infer(pcm16k, frames, memory).CopyTo(result);
            return frames;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Refuses a span that has no room for a result.</summary>
    private protected static void CheckRoom(int samples, int values, int room, string what, string parameter)
    {
        if (room < values)
        {
            throw new ArgumentException($"The {what} of {samples} samples are {values} values; there is room for {room}.", parameter);
        }
    }

    /// <summary>The frames of an utterance whose length is within the limits.</summary>
    private protected int CheckedFrames(ReadOnlySpan<float> pcm16k)
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
