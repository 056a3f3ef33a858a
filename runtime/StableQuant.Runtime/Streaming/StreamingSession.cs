using System.Buffers.Binary;

namespace StableQuant.Streaming;

/// <summary>
/// Recognises audio of any length while it arrives: utterances are found by voice activity, told of while they last, and final behind a
/// pause. Memory does not grow with the audio, and no call allocates. For one thread; the model serves the stream alone during a call.
/// </summary>
/// <remarks>
/// <para>Results depend on the samples alone: in whatever chunks these arrive, the results are the same, bit by bit.</para>
/// <para>An utterance is recognised as a whole, each time anew: the norms of these models, over the samples and over the frames, hear all of it.
/// So a partial result can change in any of its tokens; a final one never does.</para>
/// </remarks>
public sealed class StreamingSession
{
    private readonly ISpeechModel model;
    private readonly SpeechResultHandler handler;
    private readonly IVoiceActivityDetector detector;
    private readonly StreamTiming timing;
    private readonly SampleWindow window;
    private readonly Segmenter segmenter;
    private readonly UtteranceRecognizer recognizer;
    private readonly double minConfidence;

    // Samples of the block that arrives, blocks heard, and where the recording ends if that is known.
    private int inBlock;
    private long blocks;
    private long recordingEnd = long.MaxValue;

    // Of the open utterance, in samples: where its window begins and where it does itself, and how much was told of. No frame before the
    // first one is its own.
    private long windowStart;
    private long start;
    private long told;
    private long firstFrame;
    private bool hasPartial;

    // All before is final.
    private long finalEnd;

    /// <summary>Makes a stream and its workspace.</summary>
    /// <param name="model">The model; the caller disposes of it, after the stream's last call.</param>
    /// <param name="handler">Receives results, during <see cref="Push(ReadOnlySpan{float})"/> and <see cref="Finish"/>. What it throws, these throw.</param>
    /// <param name="options">How utterances are cut; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or the model takes less than 2 s.</exception>
    public StreamingSession(ISpeechModel model, SpeechResultHandler handler, StreamingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(handler);
        options ??= new StreamingOptions();
        this.model = model;
        this.handler = handler;
        detector = options.Detector ?? new EnergyDetector();
        timing = new StreamTiming(model, detector, options);
        window = new SampleWindow(timing.MaxKept, timing.Block);
        segmenter = timing.MakeSegmenter();
        recognizer = new UtteranceRecognizer(model, timing.Longest);
        minConfidence = options.MinConfidence;
        detector.Reset();
    }

    /// <summary>Hears the samples that follow.</summary>
    /// <param name="pcm16k">Samples of any number, mono, at the model's rate.</param>
    /// <exception cref="ArgumentException">A sample is not finite; none of them is heard then.</exception>
    public void Push(ReadOnlySpan<float> pcm16k)
    {
        for (int i = 0; i < pcm16k.Length; i++)
        {
            if (!float.IsFinite(pcm16k[i]))
            {
                throw new ArgumentException($"Sample {i} of the chunk is not finite ({pcm16k[i]}).", nameof(pcm16k));
            }
        }

        while (pcm16k.Length > 0)
        {
            int count = Math.Min(pcm16k.Length, timing.Block - inBlock);
            window.Append(pcm16k[..count], Needed);
            inBlock += count;
            pcm16k = pcm16k[count..];
            if (inBlock == timing.Block)
            {
                inBlock = 0;
                Hear(window.Slice(window.End - timing.Block, window.End));
            }
        }
    }

    /// <summary>Hears the samples that follow, of 16 bits.</summary>
    /// <param name="pcm16k">Samples of any number, mono, at the model's rate.</param>
    public void Push(ReadOnlySpan<short> pcm16k)
    {
        Span<float> samples = stackalloc float[256];
        while (pcm16k.Length > 0)
        {
            int count = Math.Min(pcm16k.Length, samples.Length);
            for (int i = 0; i < count; i++)
            {
                samples[i] = pcm16k[i] / 32768f;
            }

            Push(samples[..count]);
            pcm16k = pcm16k[count..];
        }
    }

    /// <summary>Hears a stream of raw samples as they come, and ends the recording with it.</summary>
    /// <param name="pcm16k">16-bit samples, little-endian, mono, at the model's rate; left open. Half a sample at its end is dropped.</param>
    /// <param name="cancellationToken">Ends the recording early, when the read that is under way returns.</param>
    /// <returns>How many samples were heard.</returns>
    /// <exception cref="IOException">The stream cannot be read. What was heard is forgotten.</exception>
    public long Listen(Stream pcm16k, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pcm16k);

        // A tenth of a second.
        var bytes = new byte[2 * (model.SampleRate / 10)];
        var samples = new short[bytes.Length / 2];
        long heard = 0;
        try
        {
            for (int kept = 0, got = 1; got > 0 && !cancellationToken.IsCancellationRequested;)
            {
                // What has come is heard at once; half a sample waits for its other half.
                got = pcm16k.Read(bytes, kept, bytes.Length - kept);
                int count = (kept + got) / 2;
                for (int i = 0; i < count; i++)
                {
                    samples[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(2 * i));
                }

                kept = (kept + got) % 2;
                bytes[0] = kept > 0 ? bytes[2 * count] : (byte)0;
                Push(samples.AsSpan(0, count));
                heard += count;
            }

            Finish();
            return heard;
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Ends the recording: what is open becomes final. The next samples are the first of another recording.</summary>
    public void Finish()
    {
        recordingEnd = window.End;
        if (inBlock > 0)
        {
            Complete();
        }

        for (int i = 0; i < detector.Delay; i++)
        {
            Complete();
        }

        if (segmenter.IsOpen)
        {
            segmenter.Close();
            End();
        }

        Reset();
    }

    /// <summary>Forgets the recording, without results for what is open. The next samples are the first of another.</summary>
    public void Reset()
    {
        window.Clear();
        segmenter.Reset();
        detector.Reset();
        inBlock = 0;
        blocks = 0;
        recordingEnd = long.MaxValue;
        finalEnd = 0;
        firstFrame = 0;
        hasPartial = false;
    }

    // The first sample that the open utterance or the next one can still need.
    private long Needed
    {
        get
        {
            long next = Math.Max((segmenter.EarliestNext * timing.Block) - timing.Edges.Reach, 0) / timing.Frame * timing.Frame;
            return segmenter.IsOpen ? Math.Min(windowStart, next) : next;
        }
    }

    // With zeros, which the detector hears but the model does not.
    private void Complete()
    {
        window.Append(timing.Zeros.AsSpan(inBlock), Needed);
        inBlock = 0;
        Hear(window.Slice(window.End - timing.Block, window.End));
    }

    private void Hear(ReadOnlySpan<float> block)
    {
        bool speech = detector.IsSpeech(block);
        if (blocks++ < detector.Delay)
        {
            return;
        }

        bool wasOpen = segmenter.IsOpen;
        if (segmenter.Step(speech))
        {
            End();
        }
        else if (segmenter.IsOpen)
        {
            if (!wasOpen)
            {
                Begin();
            }

            if (((blocks - detector.Delay) * timing.Block) - windowStart >= timing.Longest)
            {
                Cut();
            }
            else if (timing.Partial > 0 && window.End - told >= timing.Partial)
            {
                Recognize(Math.Min(window.End, windowStart + timing.Longest));
                told = window.End;
                Tell(window.End, isFinal: false);
            }
        }
    }

    private void Begin()
    {
        long speech = segmenter.FirstBlock * timing.Block;
        start = Math.Max(speech - timing.Edges.Before(window.Slice(Math.Max(speech - timing.Edges.Reach, 0), speech)), finalEnd);

        // Frames overlap, utterances do not: a window may begin in the middle of a frame's step that the last one had no room for.
        windowStart = start / timing.Frame * timing.Frame;
        if (windowStart + timing.Frame <= window.End && SpeechEdges.IsMostlyZero(window.Slice(windowStart, windowStart + timing.Frame)))
        {
            windowStart += timing.Frame;
            start = Math.Max(start, windowStart);
        }

        firstFrame = windowStart / timing.Frame;
        told = windowStart;
    }

    private void End()
    {
        // Beyond what the detector has judged may be the next utterance.
        long heard = Math.Min(window.End, recordingEnd);
        long judged = Math.Min((blocks - detector.Delay) * timing.Block, heard);
        long speech = Math.Min(segmenter.EndBlock * timing.Block, heard);
        int behind = timing.Edges.Behind(window.Slice(speech, Math.Min(speech + timing.Edges.Reach, heard)));
        long end = Math.Min(Math.Max(Math.Min(speech + behind, judged), speech), windowStart + timing.Longest);
        Recognize(end);
        Tell(end, isFinal: true);
    }

    private void Cut()
    {
        Recognize(windowStart + timing.Longest);
        int frames = recognizer.Logits.Length / model.VocabularySize;
        int cut = recognizer.FindCut(recognizer.FirstFrame + (frames / 2), recognizer.FirstFrame + frames - timing.UncertainFrames);
        recognizer.Bound(firstFrame, cut);
        long end = (long)cut * timing.Frame;
        Tell(end, isFinal: true);
        start = end;
        windowStart = Math.Max(windowStart, end - timing.Context);
        firstFrame = cut;
        told = window.End;
        segmenter.ContinueFrom(end / timing.Block);
    }

    private void Recognize(long end)
    {
        recognizer.Recognize(window.Slice(windowStart, Math.Min(end, recordingEnd)), windowStart);
        recognizer.Bound(firstFrame, long.MaxValue);
    }

    private void Tell(long end, bool isFinal)
    {
        ReadOnlySpan<char> text = recognizer.WriteText();
        if (text.IsEmpty || recognizer.Confidence < minConfidence)
        {
            recognizer.Reject();
            text = [];
        }

        bool takesBack = hasPartial;
        hasPartial = !isFinal && (hasPartial || text.Length > 0);
        end = Math.Min(end, recordingEnd);
        finalEnd = isFinal ? end : finalEnd;
        if (text.IsEmpty && !takesBack)
        {
            return;
        }

        handler(new SpeechResult
        {
            IsFinal = isFinal,
            StartSample = start,
            EndSample = end,
            Tokens = recognizer.Tokens,
            Text = text,
            Confidence = recognizer.Confidence,
            Samples = window.Slice(windowStart, windowStart + recognizer.Samples),
            Logits = recognizer.Logits,
            FirstFrame = recognizer.FirstFrame,
        });
    }
}
