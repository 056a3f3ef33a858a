using StableQuant.Benchmarks.Models;

namespace StableQuant.Benchmarks.Accuracy;

/// <summary>A trained model whose word error rates are in README, and its speech; all lie beside the repository.</summary>
/// <param name="Name">The model's file name without ending.</param>
/// <param name="Title">What tables call it.</param>
/// <param name="Development">The speech of calibration.</param>
/// <param name="Same">What it is judged on, and what tables call that: speech of the same kind.</param>
internal sealed record AccuracyModel(string Name, string Title, string Development, (string Data, string Title) Same)
{
    private static readonly (string Data, string Title) Commands = ("commands-test", "commands");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<AccuracyModel> All { get; } =
    [
        new("commands-wav2vec2", "wav2vec2 style, commands (3.3 M)", "commands-dev", Commands),
        new("commands-hubert", "HuBERT-Large style, commands (3.3 M)", "commands-dev", Commands),
        new("open-hubert", "HuBERT-Large style, open vocabulary (7.5 M)", "open-dev", ("open-test", "sentences")),
        new("commands-wavlm", "WavLM style, commands (3.3 M)", "commands-dev", Commands) { Methods = AccuracyRun.StoredBits },
        new("commands-conformer", "Wav2Vec2-Conformer style, commands (4.8 M)", "commands-dev", Commands) { Methods = AccuracyRun.StoredBits },
        new("commands-parakeet", "FastConformer style, commands (7.5 M)", "commands-dev", Commands) { Methods = AccuracyRun.StoredBits, Vocabulary = Path.Combine(Repository.SharedModels, "commands-parakeet.vocab.json") },
    ];

    /// <summary>Human speakers in rooms and on microphones that calibration never heard, which all are judged on, too.</summary>
    public static (string Data, string Title) Elsewhere => ("digits-human-test", "digits");

    /// <summary>The methods that it is calibrated by.</summary>
    public IReadOnlyList<string> Methods { get; private init; } = AccuracyRun.Methods;

    /// <summary>Its vocabulary's file.</summary>
    public string Vocabulary { get; private init; } = Repository.Vocabulary;
}
