using StableQuant.Recognition;
using StableQuant.Streaming;
using TranscriptionServer.Responses;

namespace TranscriptionServer.Live;

/// <summary>Hears one stream, call by call on whatever instance is free, and makes messages of its utterances.</summary>
internal sealed class LiveRecognizer
{
    private readonly List<UtteranceBody> told = [];
    private LentModel? model;
    private StreamingSession? session;
    private Recognizer? recognizer;

    /// <summary>How much new audio makes another partial message.</summary>
    public static TimeSpan PartialInterval { get; } = TimeSpan.FromMilliseconds(400);

    /// <summary>Hears what follows.</summary>
    /// <param name="instance">The instance that hears it.</param>
    /// <param name="samples">Samples of 16 bits at 16 kHz.</param>
    /// <returns>What came of it.</returns>
    public UtteranceBody[] Hear(RecognizerLease instance, ReadOnlySpan<short> samples)
    {
        SessionOn(instance).Push(samples);
        return Take();
    }

    /// <summary>Ends the stream: what is open becomes final.</summary>
    /// <param name="instance">The instance that hears it.</param>
    /// <returns>What came of it.</returns>
    public UtteranceBody[] Finish(RecognizerLease instance)
    {
        SessionOn(instance).Finish();
        return Take();
    }

    private StreamingSession SessionOn(RecognizerLease instance)
    {
        model ??= new LentModel(instance.Model);
        model.Instance = instance.Model;
        recognizer = instance.Recognizer;
        return session ??= new StreamingSession(model, Tell, new StreamingOptions { PartialInterval = PartialInterval });
    }

    private UtteranceBody[] Take()
    {
        UtteranceBody[] taken = [.. told];
        told.Clear();
        return taken;
    }

    private void Tell(scoped in SpeechResult result)
    {
        Transcription heard = recognizer!.Recognize(result);
        told.Add(new UtteranceBody(
            result.IsFinal ? UtteranceBody.Final : UtteranceBody.Partial,
            Seconds(result.StartSample),
            Seconds(result.EndSample),
            heard.Text,
            [.. heard.Words.Select(word => new WordBody(word.Text, word.Start, word.End, word.Confidence))]));
    }

    private double Seconds(long sample) => sample / (double)model!.SampleRate;
}
