namespace StableQuant.Benchmarks.Models;

/// <summary>A model to compare on.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Float">The float model; a <c>.skel.onnx</c> is a <see cref="Skeleton"/>, a <c>.json</c> a <see cref="SeededCheckpoint"/>.</param>
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

    /// <summary>Other members of the family at full size, 315 M to 965 M parameters: beside ONNX Runtime in float, whose quantizers have no such graphs.</summary>
    public static IReadOnlyList<BenchmarkModel> Members { get; } = [Member("wavlm-large"), Member("mms-1b"), Member("w2v-bert-2.0"), Member("parakeet-ctc-0.6b")];

    /// <summary>Whether it takes long to make and to run, so that it has to be asked for.</summary>
    public bool IsMember => Members.Contains(this);

    /// <summary>The model that lies in this repository.</summary>
    public static BenchmarkModel Committed { get; } = new("commands-wav2vec2", Path.Combine(Repository.Root, "tests", "Models", "commands-wav2vec2.onnx"));

    /// <summary>All models.</summary>
    public static IReadOnlyList<BenchmarkModel> All { get; } = [Committed, .. Trained.Where(model => model.Name != Committed.Name), Wav2Vec2Base, HubertLarge, .. Members];

    private static BenchmarkModel Peered(string name) => new(
        name,
        Path.Combine(Repository.SharedModels, $"{name}.onnx"),
        Path.Combine(Repository.SharedModels, "peers", $"{name}.ort-minmax.onnx"),
        Path.Combine(Repository.SharedModels, "peers", $"{name}.ort-dynamic.onnx"));

    private static BenchmarkModel Member(string name) => new(name, Path.Combine(Repository.Root, "tests", "StableQuant.Benchmarks", "Models", "Seeded", $"{name}.json"));

    private static string FullSize(string name) => Path.Combine(Repository.SharedModels, "fullsize", name + Skeleton.Ending);
}
