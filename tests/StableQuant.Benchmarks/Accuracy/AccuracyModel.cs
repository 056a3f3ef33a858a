namespace StableQuant.Benchmarks.Accuracy;

/// <summary>A trained model whose word error rates are in README, and its speech; all lie beside the repository.</summary>
/// <param name="Name">The model's file name without ending.</param>
/// <param name="Title">What tables call it.</param>
/// <param name="Development">The speech of calibration.</param>
/// <param name="Same">What it is judged on, and what tables call that: speech of the same kind.</param>
/// <param name="Elsewhere">The same, from elsewhere.</param>
internal sealed record AccuracyModel(string Name, string Title, string Development, (string Data, string Title) Same, (string Data, string Title) Elsewhere)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<AccuracyModel> All { get; } =
    [
        new("commands-wav2vec2", "wav2vec2 style, commands (3.3 M)", "commands-dev", ("commands-test", "commands"), ("digits-human-test", "digits")),
        new("commands-hubert", "HuBERT-Large style, commands (3.3 M)", "commands-dev", ("commands-test", "commands"), ("digits-human-test", "digits")),
        new("open-hubert", "HuBERT-Large style, open vocabulary (7.5 M)", "open-dev", ("open-test", "sentences"), ("digits-human-test", "digits")),
    ];
}
