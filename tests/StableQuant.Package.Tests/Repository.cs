using System.Reflection;

namespace StableQuant.Package.Tests;

/// <summary>Where the repository's own files lie.</summary>
internal static class Repository
{
    public static readonly string Root = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>The commit that is checked out.</summary>
    public static string Commit => Shell.Run(Root, new Dictionary<string, string?>(), "git", "rev-parse", "HEAD").Output.Trim();

    public static string File(string path) => Path.Combine(Root, path);
}
