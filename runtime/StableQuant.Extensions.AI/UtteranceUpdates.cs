using Microsoft.Extensions.AI;
using StableQuant.Recognition;
using StableQuant.Streaming;

namespace StableQuant.Extensions.AI;

/// <summary>Hears a stream and makes updates of its utterances.</summary>
internal sealed class UtteranceUpdates
{
    private readonly ISpeechModel model;
    private readonly Recognizer recognizer;
    private readonly StreamingSession session;
    private readonly string? modelId;
    private readonly List<SpeechToTextResponseUpdate> told = [];
    private bool hasText;
    private bool hasPartial;

    /// <summary>Makes a stream.</summary>
    /// <param name="model">The model, for this stream alone.</param>
    /// <param name="recognizer">Finds the words of utterances.</param>
    /// <param name="cutting">How utterances are cut: the recognizer's own way.</param>
    /// <param name="modelId">What updates call the model.</param>
    public UtteranceUpdates(ISpeechModel model, Recognizer recognizer, StreamingOptions cutting, string? modelId)
    {
        this.model = model;
        this.recognizer = recognizer;
        this.modelId = modelId;
        session = new StreamingSession(model, Tell, cutting);
    }

    /// <summary>Hears what follows.</summary>
    /// <param name="pcm16k">Samples.</param>
    /// <returns>What came of it.</returns>
    public SpeechToTextResponseUpdate[] Hear(ReadOnlySpan<float> pcm16k)
    {
        session.Push(pcm16k);
        return Take();
    }

    /// <summary>Ends the recording.</summary>
    /// <returns>What came of it.</returns>
    public SpeechToTextResponseUpdate[] Finish()
    {
        session.Finish();
        return Take();
    }

    private SpeechToTextResponseUpdate[] Take()
    {
        SpeechToTextResponseUpdate[] taken = [.. told];
        told.Clear();
        return taken;
    }

    private void Tell(scoped in SpeechResult result)
    {
        Transcription? utterance = result.IsFinal ? recognizer.Recognize(result) : null;
        string text = utterance?.Text ?? result.Text.ToString();
        if (text.Length == 0 && !hasPartial)
        {
            return;
        }

        // Texts of updates are put together without anything between them.
        string separator = hasText && text.Length > 0 && model.Vocabulary.WritesSpaces ? " " : "";
        told.Add(new SpeechToTextResponseUpdate(separator + text)
        {
            Kind = result.IsFinal ? SpeechToTextResponseUpdateKind.TextUpdated : SpeechToTextResponseUpdateKind.TextUpdating,
            StartTime = Time(result.StartSample),
            EndTime = Time(result.EndSample),
            ModelId = modelId,
            RawRepresentation = utterance,
        });
        hasText |= result.IsFinal && text.Length > 0;
        hasPartial = !result.IsFinal;
    }

    private TimeSpan Time(long sample) => TimeSpan.FromSeconds(sample / (double)model.SampleRate);
}
