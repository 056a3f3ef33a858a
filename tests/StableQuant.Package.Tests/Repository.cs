using System.Reflection;

namespace StableQuant.Package.Tests;

/// <summary>Where the repository's own files lie.</summary>
internal static class Repository
{
    public static readonly string Root = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    public static string File(string path) => Path.Combine(Root, path);
}
