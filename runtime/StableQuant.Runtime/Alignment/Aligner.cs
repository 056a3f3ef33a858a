using StableQuant.Recognition;

namespace StableQuant.Alignment;

/// <summary>
/// Finds when each word and character of a known text was spoken (forced alignment), in a recording of any length. The model runs over overlapping windows, and of each the
/// frames with enough audio on either side are taken.
/// </summary>
/// <remarks>Not for several threads at once: the model serves one call at a time.</remarks>
public sealed class Aligner
{
    // Models are trained on utterances of some seconds, and hear a second or two around a frame.
    private const double WindowSeconds = 20;
    private const double ContextSeconds = 2;

    private readonly ISpeechModel model;
    private readonly AlignmentOptions? options;
    private readonly FrameTiming timing;
    private readonly int window;
    private readonly int context;
    private readonly float[] logits;

    /// <summary>Makes an aligner.</summary>
    /// <param name="model">The model, which is not disposed of here. One that takes 20 seconds at least is best; shorter windows know less of what is around.</param>
    /// <param name="options">What may be skipped; null for the defaults.</param>
    public Aligner(ISpeechModel model, AlignmentOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        this.options = options;
        timing = FrameTiming.Of(model);
        window = model.FrameCount(Math.Min(model.MaxSamples, (int)(WindowSeconds * model.SampleRate)));
        context = Math.Min((int)(ContextSeconds * model.SampleRate / model.SamplesPerFrame), window / 4);
        logits = new float[window * model.VocabularySize];
    }

    /// <summary>Aligns a text with a recording.</summary>
    /// <param name="pcm16k">The recording: samples, mono, nominally in −1 … 1, at the model's rate.</param>
    /// <param name="text">What was spoken, as it is to come back.</param>
    /// <param name="cancellationToken">Stops between two windows.</param>
    /// <returns>The words and characters, with times in seconds from the recording's start.</returns>
    /// <exception cref="ArgumentException">The recording is shorter than a frame, or holds a sample that is not finite.</exception>
    /// <exception cref="InvalidOperationException">The recording is too short for the text, or the model is in another call.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public TextAlignment Align(ReadOnlySpan<float> pcm16k, string text, CancellationToken cancellationToken = default)
    {
        if (pcm16k.Length < timing.ReceptiveField)
        {
            throw new ArgumentException($"The recording has {pcm16k.Length} samples; the model needs at least {timing.ReceptiveField}.", nameof(pcm16k));
        }

        int total = ((pcm16k.Length - timing.ReceptiveField) / timing.SamplesPerFrame) + 1;
        var session = new AlignmentSession(model.Vocabulary, timing, text, total, options);
        for (int done = 0; done < total;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int start = Math.Max(0, Math.Min(done - context, total - window));
            int count = Math.Min(window, total - start);
            int end = start + count == total ? total : start + count - context;
            model.Logits(pcm16k.Slice(start * timing.SamplesPerFrame, timing.ReceptiveField + ((count - 1) * timing.SamplesPerFrame)), logits);
            session.AddLogits(logits.AsSpan((done - start) * model.VocabularySize), end - done);
            done = end;
        }

        session.AddAudio(pcm16k);
        return session.Align();
    }
}
