using System.Reflection;

namespace StableQuant.Server.Tests;

/// <summary>Where the repository's own files lie.</summary>
internal static class Repository
{
    private static readonly string Root = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    public static string File(string path) => Path.Combine(Root, path);
}
