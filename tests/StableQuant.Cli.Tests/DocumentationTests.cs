using StableQuant.Tests.Documentation;

namespace StableQuant.Cli.Tests;

/// <summary>Every command of README.md and docs is run: here, by another test, or the page says why not right before it.</summary>
[Trait("Ring", "Full")]
public sealed class DocumentationTests : IDisposable
{
    private const string ToolName = "stablequant ";

    /// <summary>Commands that are run elsewhere: in which file, and by which words there.</summary>
    private static readonly Dictionary<string, (string File, string Words)> RunElsewhere = new()
    {
        ["dotnet run --project samples/VoiceCommands -c Release"] = ("tests/StableQuant.Cli.Tests/DocumentationTests.cs", "Tool.RunSample(kernels: null)"),
        ["dotnet publish samples/VoiceCommands -c Release -r linux-x64"] = ("tests/StableQuant.Package.Tests/Native/X64SampleTests.cs", "PublishedSample(LinuxX64.IsHere, \"VoiceCommands\", \"linux-x64\""),
        ["dotnet publish samples/VoiceCommands -c Release -r linux-arm64 -p:CppCompilerAndLinker=clang -p:LinkerFlavor=lld -p:ObjCopyName=aarch64-linux-gnu-objcopy"] =
            ("tests/StableQuant.Package.Tests/Native/Arm64.cs", "[\"-p:CppCompilerAndLinker=clang\", \"-p:LinkerFlavor=lld\", \"-p:ObjCopyName=aarch64-linux-gnu-objcopy\"]"),
        ["dotnet publish samples/WebAssembly -c Release"] = ("tests/StableQuant.Package.Tests/InBrowser/WebAssemblySampleTests.cs", "[\"publish\", Repository.File(\"samples/WebAssembly\"), \"-c\", \"Release\""),
        ["dotnet tool install --global StableQuant.Cli --prerelease"] = ("tests/StableQuant.Package.Tests/Consume/ToolTests.cs", "\"tool\", \"install\", \"StableQuant.Cli\", \"--prerelease\""),
        ["bash build/test.sh"] = (".ci/run", "README.md"),
    };

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public static TheoryData<string> PagesWithTheTool => [.. Commands().Where(c => c.Command.StartsWith(ToolName, StringComparison.Ordinal)).Select(c => c.Page).Distinct()];

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Every_command_is_run_somewhere()
    {
        string[] others = [.. Commands().Select(c => c.Command).Where(command => !command.StartsWith(ToolName, StringComparison.Ordinal)).Distinct()];
        others.ShouldBe(RunElsewhere.Keys, ignoreOrder: true);
        foreach ((string file, string words) in RunElsewhere.Values)
        {
            Snippet.TextOf(file).ShouldContain(words);
        }
    }

    [Theory]
    [MemberData(nameof(PagesWithTheTool))]
    public void The_tool_does_what_a_page_says(string page)
    {
        // A reader's folder: a float model and its vocabulary, a quantized one, speech, and some from elsewhere.
        File.Copy(Tool.Data("tiny-hubert.onnx"), PathOf("my-model.onnx"));
        File.Copy(Tool.Data("vocab.json"), PathOf("vocab.json"));
        File.Copy(Tool.Model("commands.sqmodel"), PathOf("commands.sqmodel"));
        File.Copy(Tool.Model("commands.sqweights"), PathOf("commands.sqweights"));
        File.Copy(Tool.Data("speech.tsv"), PathOf("dev.tsv"));
        File.Copy(Tool.Data("speech.tsv"), PathOf("test.tsv"));
        File.Copy(Tool.Data("0055.wav"), PathOf("speech.wav"));
        File.WriteAllText(PathOf("speech.txt"), "Wake me up!");
        folder.CreateSubdirectory("far-speech");
        File.Copy(Tool.Data("0059.wav"), PathOf("far-speech/0059.wav"));
        foreach (string recording in File.ReadLines(Tool.Data("speech.tsv")).Select(line => line.Split('\t')[0]))
        {
            File.Copy(Tool.Data(recording), PathOf(recording));
        }

        foreach ((_, string command) in Commands().Where(c => c.Page == page && c.Command.StartsWith(ToolName, StringComparison.Ordinal)))
        {
            Tool.Outcome outcome = Tool.RunIn(folder.FullName, command.Split(' ')[1..]);
            outcome.Status.ShouldBe(Tool.Done, $"{page}: {command}\n{outcome.Error}");
            outcome.Output.ShouldNotBeEmpty(command);
        }
    }

    [Fact]
    public void The_sample_transcribes_the_recordings_that_it_brings()
    {
        Tool.Outcome outcome = Tool.RunSample(kernels: null);
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        outcome.Output.ShouldContain("0112.wav");
    }

    /// <summary>The commands of all pages, in order, without comments behind them; what a page excuses is left out.</summary>
    private static IEnumerable<(string Page, string Command)> Commands() =>
        from snippet in Snippet.All("sh")
        where snippet.Excuse is null
        from line in snippet.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        select (snippet.Page, line.Split(" #")[0].Trim());

    private string PathOf(string name) => Path.Combine(folder.FullName, name);
}
