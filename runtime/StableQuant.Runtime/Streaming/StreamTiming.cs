namespace StableQuant.Streaming;

/// <summary>Durations of a stream in samples and in blocks of its detector, checked.</summary>
internal sealed class StreamTiming
{
    // Speech is five blocks of ten: a click is shorter.
    private static readonly TimeSpan Onset = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(100);

    private readonly StreamingOptions options;
    private readonly int rate;

    /// <summary>Checks and converts.</summary>
    /// <exception cref="ArgumentException">An option is out of its range, or the model takes less than 2 s.</exception>
    public StreamTiming(ISpeechModel model, IVoiceActivityDetector detector, StreamingOptions options)
    {
        this.options = options;
        rate = model.SampleRate;
        Block = Checked(detector.BlockSamples, 16, 8000, nameof(IVoiceActivityDetector.BlockSamples));
        Delay = Checked(detector.Delay, 0, 1000, nameof(IVoiceActivityDetector.Delay));
        Frame = model.SamplesPerFrame;
        Edges = new SpeechEdges(rate, Samples(Checked(options.Margin, 0, 2, nameof(options.Margin))));
        Partial = options.PartialInterval == TimeSpan.Zero ? 0 : Samples(Checked(options.PartialInterval, 0.02, 3600, nameof(options.PartialInterval)));
        _ = Checked(options.EndPause, 0.05, 10, nameof(options.EndPause));
        _ = Checked(options.MaxUtterance, 2, 3600, nameof(options.MaxUtterance));
        _ = Checked(options.RelaxedUtterance, 0, 3600, nameof(options.RelaxedUtterance));
        if (!(options.MinConfidence is >= 0 and <= 1))
        {
            throw new ArgumentException($"{nameof(options.MinConfidence)} must be from 0 to 1.", nameof(options));
        }

        Longest = Math.Min(Samples(options.MaxUtterance), model.MaxSamples) / Frame * Frame;
        Context = rate / Frame * Frame;
        if (Longest < 2 * Context)
        {
            throw new ArgumentException("The model takes less than 2 s; make it with a larger maxSeconds.", nameof(model));
        }

        Zeros = new float[Block];
    }

    /// <summary>Samples of a block.</summary>
    public int Block { get; }

    /// <summary>Blocks by which the detector lags behind.</summary>
    public int Delay { get; }

    /// <summary>Samples from a frame to the next.</summary>
    public int Frame { get; }

    /// <summary>How far utterances reach beyond their speech.</summary>
    public SpeechEdges Edges { get; }

    /// <summary>Samples from one partial result to the next; 0 for none.</summary>
    public int Partial { get; }

    /// <summary>Samples of the longest window; a whole number of frames.</summary>
    public int Longest { get; }

    /// <summary>Samples before a cut that are recognised with what follows; a whole number of frames.</summary>
    public int Context { get; }

    /// <summary>A block of silence.</summary>
    public float[] Zeros { get; }

    /// <summary>The most samples that are needed while a block arrives.</summary>
    public int MaxKept => Longest + Edges.Reach + Frame + ((Delay + Blocks(Onset) + 2) * Block);

    /// <summary>Frames at the end of a window that are not cut at: what follows them is not heard yet.</summary>
    public int UncertainFrames => rate / 5 / Frame;

    /// <summary>Makes the segmenter of these durations.</summary>
    public Segmenter MakeSegmenter()
    {
        int longest = Longest / Block;
        int relaxed = Math.Min(Blocks(options.RelaxedUtterance), longest);
        return new Segmenter(Blocks(options.EndPause), Math.Min(Blocks(ShortPause), Blocks(options.EndPause)), relaxed, longest, Blocks(Onset));
    }

    private int Samples(TimeSpan duration) => (int)Math.Round(duration.TotalSeconds * rate);

    private int Blocks(TimeSpan duration) => Math.Max((Samples(duration) + (Block / 2)) / Block, 1);

    private static TimeSpan Checked(TimeSpan value, double min, double max, string name) => value.TotalSeconds >= min && value.TotalSeconds <= max
        ? value
        : throw new ArgumentException(FormattableString.Invariant($"{name} is {value.TotalSeconds} s; it must be from {min} to {max} s."));

    private static int Checked(int value, int min, int max, string name) => value >= min && value <= max
        ? value
        : throw new ArgumentException($"{name} of the detector is {value}; it must be from {min} to {max}.");
}
