using System.Security.Cryptography;
using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Package.Tests.Consume;

/// <summary>What is packed depends on the sources alone.</summary>
[Collection(SharedPackages.Name)]
public sealed class ReproducibleTests(Packages packages)
{
    [OnLinuxX64Fact]
    public void Another_clone_elsewhere_packs_the_same_bytes()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-clone-");
        try
        {
            string clone = Path.Combine(folder.FullName, "some", "where", "else");
            string packed = Path.Combine(folder.FullName, "packed");
            Run(folder.FullName, "git", "clone", "--quiet", "--shared", Repository.Root, clone);
            CopyUncommitted(clone);
            Run(clone, "bash", "build/pack.sh", packed, $"-p:PackageVersion={packages.Version}", "-p:RunAnalyzers=false");
            Hashes(packed).ShouldBe(Hashes(packages.Feed));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void No_lock_file_holds_a_package_whose_version_is_that_of_the_SDK()
    {
        string[] locks = Lines(Run(Repository.Root, "git", "ls-files", "*packages.lock.json"));
        locks.Length.ShouldBeGreaterThan(5);
        foreach (string path in locks)
        {
            string text = File.ReadAllText(Repository.File(path));
            text.ShouldNotContain("Microsoft.NET.ILLink", Case.Insensitive, path);
            text.ShouldNotContain("Microsoft.DotNet.ILCompiler", Case.Insensitive, path);
            text.ShouldNotContain("Microsoft.NETCore.App", Case.Insensitive, path);
        }
    }

    /// <summary>While somebody works here, the clone is given what is not committed yet.</summary>
    private static void CopyUncommitted(string clone)
    {
        foreach (string path in Lines(Run(Repository.Root, "git", "diff", "--name-only", "HEAD")).Concat(
            Lines(Run(Repository.Root, "git", "ls-files", "--others", "--exclude-standard"))))
        {
            string copy = Path.Combine(clone, path);
            File.Delete(copy);
            if (File.Exists(Repository.File(path)))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(Repository.File(path), copy);
            }
        }
    }

    private static Dictionary<string, string> Hashes(string folder) =>
        Directory.GetFiles(folder).ToDictionary(path => Path.GetFileName(path), path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))));

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Run(string folder, string program, params string[] arguments)
    {
        (string output, string errors, int status) = Shell.Run(folder, new Dictionary<string, string?>(), program, arguments);
        status.ShouldBe(0, output + errors);
        return output;
    }
}
