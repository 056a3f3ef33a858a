using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace StableQuant.Package.Tests.Consume;

/// <summary>What is in the packages.</summary>
[Collection(SharedPackages.Name)]
public sealed partial class ContentTests(Packages packages)
{
    // What NuGet itself adds.
    private static readonly string[] Envelope = ["_rels/", "package/", "[Content_Types].xml"];

    private static readonly string[] Pages =
        [.. Directory.GetFiles(Repository.File("docs"), "*.md", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))];

    [Fact]
    public void The_compiler_is_runtime_generator_build_assets_and_documentation() =>
        Files("StableQuant.Compiler", ".nupkg").ShouldBe(new[]
        {
            "CHANGELOG.md",
            "CONTRIBUTING.md",
            "README.md",
            "StableQuant.Compiler.nuspec",
            "analyzers/dotnet/cs/StableQuant.Generator.dll",
            "buildTransitive/StableQuant.Compiler.props",
            "buildTransitive/StableQuant.Compiler.targets",
            "icon.png",
            "lib/net10.0/StableQuant.Runtime.dll",
            "lib/net10.0/StableQuant.Runtime.xml",
            "lib/net9.0/StableQuant.Runtime.dll",
            "lib/net9.0/StableQuant.Runtime.xml",
        }.Concat(Pages), ignoreOrder: true);

    [Fact]
    public void The_client_of_Microsoft_Extensions_AI_is_a_library_and_documentation() =>
        Files("StableQuant.Extensions.AI", ".nupkg").ShouldBe(new[]
        {
            "CHANGELOG.md",
            "CONTRIBUTING.md",
            "README.md",
            "StableQuant.Extensions.AI.nuspec",
            "icon.png",
            "lib/net10.0/StableQuant.Extensions.AI.dll",
            "lib/net10.0/StableQuant.Extensions.AI.xml",
            "lib/net9.0/StableQuant.Extensions.AI.dll",
            "lib/net9.0/StableQuant.Extensions.AI.xml",
        }.Concat(Pages), ignoreOrder: true);

    [Fact]
    public void The_templates_are_two_projects_with_a_model_and_the_server_is_the_sample()
    {
        string[] server = [.. Shell.Run(Repository.Root, new Dictionary<string, string?>(), "git", "ls-files", "--cached", "--others", "--exclude-standard", "samples/TranscriptionServer").Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(path => File.Exists(Repository.File(path)))];
        server.Length.ShouldBeGreaterThan(20);
        Files("StableQuant.Templates", ".nupkg").ShouldBe(new[]
        {
            "CHANGELOG.md",
            "CONTRIBUTING.md",
            "README.md",
            "StableQuant.Templates.nuspec",
            "content/stablequant-server/.template.config/template.json",
            "content/stablequant-server/Models/commands.sqmodel",
            "content/stablequant-server/Models/commands.sqweights",
            "content/stablequant/.template.config/template.json",
            "content/stablequant/Models/commands.sqmodel",
            "content/stablequant/Models/commands.sqweights",
            "content/stablequant/Program.cs",
            "content/stablequant/StableQuantProgram.csproj",
            "content/stablequant/speech.wav",
            "icon.png",
        }.Concat(Pages).Concat(server.Select(path => path.Replace("samples/TranscriptionServer", "content/stablequant-server", StringComparison.Ordinal))), ignoreOrder: true);
        Nuspec("StableQuant.Templates").ShouldContain("<packageType name=\"Template\" />");
    }

    [Fact]
    public void Symbols_are_in_a_package_of_their_own() =>
        Files("StableQuant.Compiler", ".snupkg").ShouldBe(["StableQuant.Compiler.nuspec", "lib/net10.0/StableQuant.Runtime.pdb", "lib/net9.0/StableQuant.Runtime.pdb"]);

    [Theory]
    [InlineData("StableQuant.Compiler")]
    [InlineData("StableQuant.Extensions.AI")]
    [InlineData("StableQuant.Cli")]
    [InlineData("StableQuant.Templates")]
    public void Licence_readme_icon_commit_and_version_are_stated(string id)
    {
        string nuspec = Nuspec(id);
        nuspec.ShouldContain("<license type=\"expression\">MIT</license>");
        nuspec.ShouldContain("<readme>README.md</readme>");
        nuspec.ShouldContain("<icon>icon.png</icon>");
        nuspec.ShouldContain($"<repository type=\"git\" commit=\"{Repository.Commit}\" />");
        nuspec.ShouldContain($"<version>{packages.Version}</version>");
    }

    [Fact]
    public void Compiler_tool_and_templates_depend_on_nothing_and_the_client_on_the_compiler_of_its_own_version()
    {
        Nuspec("StableQuant.Compiler").ShouldNotContain("<dependency ");
        Nuspec("StableQuant.Cli").ShouldNotContain("<dependency ");
        Nuspec("StableQuant.Templates").ShouldNotContain("<dependency ");
        string client = Nuspec("StableQuant.Extensions.AI");
        client.ShouldContain($"<dependency id=\"StableQuant.Compiler\" version=\"{packages.Version}\" include=\"All\" />");
        client.ShouldContain("<dependency id=\"Microsoft.Extensions.AI\" ");
    }

    [Theory]
    [InlineData("StableQuant.Compiler")]
    [InlineData("StableQuant.Extensions.AI")]
    [InlineData("StableQuant.Cli")]
    [InlineData("StableQuant.Templates")]
    public void Links_lead_to_files_of_the_same_package(string id)
    {
        List<(string Name, byte[] Bytes)> files = Read(id, ".nupkg");
        (string Page, string Target)[] links = [.. from file in files
            where file.Name.EndsWith(".md", StringComparison.Ordinal)
            from Match link in Link().Matches(Encoding.UTF8.GetString(file.Bytes))
            select (file.Name, Path.GetRelativePath(".", Path.Combine(Path.GetDirectoryName(file.Name)!, link.Groups[1].Value)).Replace('\\', '/'))];
        links.Length.ShouldBeGreaterThan(30);
        links.Where(link => files.All(file => file.Name != link.Target)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("StableQuant.Compiler", ".nupkg")]
    [InlineData("StableQuant.Compiler", ".snupkg")]
    [InlineData("StableQuant.Extensions.AI", ".nupkg")]
    [InlineData("StableQuant.Extensions.AI", ".snupkg")]
    [InlineData("StableQuant.Cli", ".nupkg")]
    [InlineData("StableQuant.Cli", ".snupkg")]
    [InlineData("StableQuant.Templates", ".nupkg")]
    public void No_path_of_this_machine_is_in_them(string id, string kind)
    {
        string root = Repository.Root.TrimEnd('/', '\\');
        byte[][] forms = [Encoding.UTF8.GetBytes(root), Encoding.Unicode.GetBytes(root)];
        Read(id, kind).Where(file => forms.Any(form => file.Bytes.AsSpan().IndexOf(form) >= 0)).Select(file => file.Name).ShouldBeEmpty();
    }

    private string Nuspec(string id) => Encoding.UTF8.GetString(Read(id, ".nupkg").Single(f => f.Name == id + ".nuspec").Bytes);

    private IEnumerable<string> Files(string id, string kind) => Read(id, kind).Select(file => file.Name).Order(StringComparer.Ordinal);

    private List<(string Name, byte[] Bytes)> Read(string id, string kind)
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(packages.Feed, $"{id}.{packages.Version}{kind}"));
        var files = new List<(string, byte[])>();
        foreach (ZipArchiveEntry entry in archive.Entries.Where(entry => !Envelope.Any(start => entry.FullName.StartsWith(start, StringComparison.Ordinal))))
        {
            var bytes = new byte[entry.Length];
            using Stream stream = entry.Open();
            stream.ReadExactly(bytes);
            files.Add((entry.FullName, bytes));
        }

        return files;
    }

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)\)")]
    private static partial Regex Link();
}
