namespace StableQuant.Calibration.Evaluate;

/// <summary>What a model hears in ten seconds of a sound without speech, beside the float model.</summary>
/// <param name="Sound">The sound.</param>
/// <param name="Float">The float model's text; best empty.</param>
/// <param name="Quantized">The quantized model's.</param>
public sealed record HeardInNoise(string Sound, string Float, string Quantized)
{
    /// <summary>Lets a model hear each sound as one utterance.</summary>
    /// <param name="before">What the float model heard in each sound (<see cref="Texts"/>).</param>
    /// <param name="after">The quantized model.</param>
    /// <param name="cancellationToken">Ends the work between two sounds.</param>
    public static IReadOnlyList<HeardInNoise> Measure(IReadOnlyList<string> before, IModelSource after, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(before);
        return [.. NoiseSounds.All.Zip(before, Texts(after, cancellationToken)).Select(sound => new HeardInNoise(sound.First.Name, sound.Second, sound.Third))];
    }

    /// <summary>What a model hears in each sound.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">Ends the work between two sounds.</param>
    public static IReadOnlyList<string> Texts(IModelSource model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        using ISpeechModel instance = model.Create(NoiseSounds.Seconds);
        var texts = new List<string>();
        foreach ((_, float[] pcm) in NoiseSounds.All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            texts.Add(Text(instance, pcm));
        }

        return texts;
    }

    private static string Text(ISpeechModel model, float[] pcm)
    {
        var text = new char[model.MaxTextLength(pcm.Length)];
        return new string(text, 0, model.Transcribe(pcm, text));
    }
}
