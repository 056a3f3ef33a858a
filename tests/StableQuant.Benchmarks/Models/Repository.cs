using System.Reflection;

namespace StableQuant.Benchmarks.Models;

/// <summary>Places in the repository and beside it.</summary>
internal static class Repository
{
    /// <summary>The repository's root folder.</summary>
    public static string Root { get; } = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>Models too large for the repository: skeletons, trained models and their quantized peers.</summary>
    public static string SharedModels { get; } = Path.GetFullPath(Path.Combine(Root, "..", "shared", "models"));

    /// <summary>What benchmarks make and keep for the next run; git does not see it.</summary>
    public static string Artifacts { get; } = Path.Combine(Root, "artifacts", "benchmark");

    /// <summary>A manifest of four recordings.</summary>
    public static string Speech { get; } = Path.Combine(Root, "tests", "Data", "speech.tsv");

    /// <summary>The vocabulary of every model here.</summary>
    public static string Vocabulary { get; } = Path.Combine(Root, "tests", "Models", "vocab.json");
}
