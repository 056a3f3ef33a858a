namespace StableQuant.Package.Tests.Consume;

/// <summary>The packages' version: one for each commit, so that NuGet's cache never takes one's packages for another's.</summary>
[Collection(SharedPackages.Name)]
public sealed class VersionTests(Packages packages) : IDisposable
{
    private static readonly Dictionary<string, string?> Author = new()
    {
        ["GIT_AUTHOR_NAME"] = "a", ["GIT_AUTHOR_EMAIL"] = "a@example.org", ["GIT_COMMITTER_NAME"] = "a", ["GIT_COMMITTER_EMAIL"] = "a@example.org",
    };

    private readonly string sources = Directory.CreateTempSubdirectory("stablequant-version-").FullName;

    [Fact]
    public void The_packages_have_it() => packages.Version.ShouldBe(Run("bash", Repository.File("build/version.sh")));

    [Fact]
    public void Each_commit_has_its_own_and_so_do_changes_that_are_in_none()
    {
        Directory.CreateDirectory(Path.Combine(sources, "build"));
        File.Copy(Repository.File("build/version.sh"), Path.Combine(sources, "build/version.sh"));
        Write("Directory.Build.props", "<Project><PropertyGroup><Version>1.2.3</Version></PropertyGroup></Project>");
        Version().ShouldBe("1.2.3");
        Run("git", "init", "-q", "-b", "main");
        string first = Commit("first");
        first.ShouldMatch(@"^1\.2\.3-dev\.1\.g[0-9a-f]{8}$");
        Version().ShouldBe(first);

        Write("a.txt", "new");
        string untracked = Version();
        untracked.ShouldStartWith(first + ".c");
        Write("a.txt", "newer");
        Version().ShouldNotBe(untracked);
        string second = Commit("second");
        second.ShouldStartWith("1.2.3-dev.2.g");
        Write("a.txt", "changed");
        Version().ShouldStartWith(second + ".c");

        // As many commits, but others.
        Run("git", "checkout", "-q", "--force", "-b", "other", "HEAD~1");
        Write("b.txt", "other");
        string other = Commit("second");
        other.ShouldStartWith("1.2.3-dev.2.g");
        other.ShouldNotBe(second);
    }

    public void Dispose() => Directory.Delete(sources, recursive: true);

    private string Version() => Run("bash", Path.Combine(sources, "build/version.sh"));

    private string Commit(string message)
    {
        Run("git", "add", "--all");
        Run("git", "commit", "-q", "-m", message);
        return Version();
    }

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(sources, file), text);

    private string Run(string program, params string[] arguments)
    {
        (string output, string errors, int status) = Shell.Run(sources, Author, program, arguments);
        status.ShouldBe(0, errors);
        return output.Trim();
    }
}
