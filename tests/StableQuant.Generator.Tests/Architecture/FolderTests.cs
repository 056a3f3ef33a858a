using StableQuant.Tests.Documentation;

namespace StableQuant.Generator.Tests.Architecture;

/// <summary>Folders of a library know one another in one direction: what two of them need lies below both.</summary>
public class FolderTests
{
    [Theory]
    [Trait("Ring", "Full")]
    [InlineData("runtime/StableQuant.Runtime")]
    [InlineData("generator/StableQuant.Graph")]
    [InlineData("generator/StableQuant.Generator")]
    [InlineData("generator/StableQuant.Calibration")]
    [InlineData("generator/StableQuant.Cli")]
    [InlineData("samples/TranscriptionServer")]
    public void No_folders_know_one_another_in_a_circle(string project)
    {
        IReadOnlyList<Dependency> dependencies = Folders.Dependencies(Sources(Path.Combine(Snippet.Root, project)));
        dependencies.ShouldNotBeEmpty();
        Folders.Circles(dependencies).ShouldBeEmpty();
    }

    [Fact]
    public void A_circle_is_found_and_what_hangs_on_it_is_not()
    {
        IReadOnlyList<Dependency> dependencies = Folders.Dependencies(
        [
            ("Top/Program.cs", "class Program { One.First? first; }"),
            ("One/First.cs", "namespace One; class First { object made = new Two.Second(); }"),
            ("Two/Second.cs", "using Three; namespace Two; class Second { int length = 3.Twice(); }"),
            ("Three/Third.cs", "namespace Three; static class Third { public static int Twice(this int value) => 2 * value; static void See(One.First first) { } }"),
            ("Low/Comment.cs", "/// <summary>Like <see cref=\"One.First\"/>.</summary>\nclass Comment { string text = \"One.First\"; }"),
        ]);
        Folders.Circles(dependencies).Select(d => $"{d.From} {d.To}").Order(StringComparer.Ordinal).ShouldBe(["One Two", "Three One", "Two Three"]);
    }

    private static IEnumerable<(string Path, string Text)> Sources(string root) =>
        from path in Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        let relative = Path.GetRelativePath(root, path).Replace('\\', '/')
        where !relative.StartsWith("bin/", StringComparison.Ordinal) && !relative.StartsWith("obj/", StringComparison.Ordinal)
        select (relative, File.ReadAllText(path));
}
