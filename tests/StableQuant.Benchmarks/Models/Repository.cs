using System.Reflection;

namespace StableQuant.Benchmarks.Models;

/// <summary>Places in the repository and beside it.</summary>
internal static class Repository
{
    private const string Solution = "StableQuant.Compiler.sln";

    /// <summary>The repository's root folder: the one that this program lies in, which may have been carried to another machine, or else the one that it was built in.</summary>
    public static string Root { get; } = Above(AppContext.BaseDirectory) ?? typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>Models too large for the repository: skeletons, trained models and their quantized peers.</summary>
    public static string SharedModels { get; } = Path.GetFullPath(Path.Combine(Root, "..", "shared", "models"));

    /// <summary>What benchmarks make and keep for the next run; git does not see it.</summary>
    public static string Artifacts { get; } = Path.Combine(Root, "artifacts", "benchmark");

    /// <summary>A manifest of four recordings.</summary>
    public static string Speech { get; } = Path.Combine(Root, "tests", "Data", "speech.tsv");

    /// <summary>The vocabulary of every model here.</summary>
    public static string Vocabulary { get; } = Path.Combine(Root, "tests", "Models", "vocab.json");

    private static string? Above(string? folder) =>
        folder is null ? null : File.Exists(Path.Combine(folder, Solution)) ? folder : Above(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folder)));
}
