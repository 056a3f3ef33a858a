namespace StableQuant.Calibration.Evaluate;

/// <summary>What a model hears in ten seconds of a sound without speech, beside the float model.</summary>
/// <param name="Sound">The sound.</param>
/// <param name="Float">The float model's text; best empty.</param>
/// <param name="Quantized">The quantized model's.</param>
public sealed record HeardInNoise(string Sound, string Float, string Quantized)
{
    /// <summary>Lets both models hear silence and noise, each sound as one utterance.</summary>
    /// <param name="before">The float model.</param>
    /// <param name="after">The quantized model.</param>
    /// <param name="cancellationToken">Ends the work between two sounds.</param>
    public static IReadOnlyList<HeardInNoise> Measure(IModelSource before, IModelSource after, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        using ISpeechModel floatModel = before.Create(NoiseSounds.Seconds), quantized = after.Create(NoiseSounds.Seconds);
        var heard = new List<HeardInNoise>();
        foreach ((string name, float[] pcm) in NoiseSounds.All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            heard.Add(new HeardInNoise(name, Text(floatModel, pcm), Text(quantized, pcm)));
        }

        return heard;
    }

    private static string Text(ISpeechModel model, float[] pcm)
    {
        var text = new char[model.MaxTextLength(pcm.Length)];
        return new string(text, 0, model.Transcribe(pcm, text));
    }
}
