namespace StableQuant.Calibration.Tests;

public sealed class AtomicFilesTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Files_appear_together()
    {
        folder.Write("old.txt", "old");
        using var files = new AtomicFiles();
        File.WriteAllText(files.Add(Path.Combine(folder.Path, "old.txt")), "new");
        File.WriteAllText(files.Add(Path.Combine(folder.Path, "sub", "other.txt")), "other");
        File.ReadAllText(Path.Combine(folder.Path, "old.txt")).ShouldBe("old");

        files.Commit();

        File.ReadAllText(Path.Combine(folder.Path, "old.txt")).ShouldBe("new");
        Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Length.ShouldBe(2);
    }

    [Fact]
    public void Without_commit_nothing_is_left()
    {
        using (var files = new AtomicFiles())
        {
            File.WriteAllText(files.Add(Path.Combine(folder.Path, "a.txt")), "half");
            files.Add(Path.Combine(folder.Path, "never-written.txt"));
        }

        Directory.GetFiles(folder.Path).ShouldBeEmpty();
    }
}
