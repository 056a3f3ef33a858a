namespace StableQuant.Benchmarks.Models;

/// <summary>A model to compare on.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Float">The float model; a <c>.skel.onnx</c> is a <see cref="Skeleton"/>.</param>
/// <param name="Static">The model through ONNX Runtime's own <c>quantize_static</c>; null for <see cref="StaticPeer"/>.</param>
/// <param name="Dynamic">The model through its <c>quantize_dynamic</c>; null for <see cref="DynamicPeer"/>.</param>
internal sealed record BenchmarkModel(string Name, string Float, string? Static = null, string? Dynamic = null)
{
    /// <summary>Models trained for this project.</summary>
    public static IReadOnlyList<BenchmarkModel> Trained { get; } = [Peered("commands-wav2vec2"), Peered("commands-hubert"), Peered("open-hubert")];

    /// <summary>wav2vec2-base, 94 M parameters.</summary>
    public static BenchmarkModel Wav2Vec2Base { get; } = new("wav2vec2-base", FullSize("w2v2base-ts17"));

    /// <summary>HuBERT-Large, 317 M parameters.</summary>
    public static BenchmarkModel HubertLarge { get; } = new("hubert-large", FullSize("hubertlarge-ts17"));

    /// <summary>The model that lies in this repository.</summary>
    public static BenchmarkModel Committed { get; } = new("commands-wav2vec2", Path.Combine(Repository.Root, "tests", "Models", "commands-wav2vec2.onnx"));

    private static BenchmarkModel Peered(string name) => new(
        name,
        Path.Combine(Repository.SharedModels, $"{name}.onnx"),
        Path.Combine(Repository.SharedModels, "peers", $"{name}.ort-minmax.onnx"),
        Path.Combine(Repository.SharedModels, "peers", $"{name}.ort-dynamic.onnx"));

    private static string FullSize(string name) => Path.Combine(Repository.SharedModels, "fullsize", name + Skeleton.Ending);
}
