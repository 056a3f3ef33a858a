namespace StableQuant.ModelProgram;

/// <summary>An instance of the generated class.</summary>
internal sealed class CompiledHearing : IHearing
{
    private readonly Model model;
    private readonly char[] text;

    public CompiledHearing(SpeechWeights weights)
    {
        model = new Model(weights, Watched.LongSeconds);
        text = new char[model.MaxTextLength(model.MaxSamples)];
        if (Environment.GetEnvironmentVariable(HugePages.Variable) == "1")
        {
            HugePages.Ask();
        }
    }

    /// <inheritdoc/>
    public string Hear(float[] pcm) => new(text, 0, model.Transcribe(pcm, text));

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();
}
