using System.Text.Json;
using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Package.Tests.Consume;

/// <summary>The tool, installed from its package.</summary>
[Collection(SharedPackages.Name)]
public sealed class ToolTests(Packages packages, ToolTests.Installation installation) : IClassFixture<ToolTests.Installation>
{
    [OnLinuxX64Fact]
    public void It_installs_and_carries_ONNX_Runtime_and_the_compiler()
    {
        installation.Install(packages);
        (string name, float[] pcm) = Recordings.All[0];
        string recording = Path.Combine(AppContext.BaseDirectory, "Recordings", name);
        using var model = new Commands();
        Tool("transcribe", Repository.File("samples/VoiceCommands/Models/commands.sqmodel"), recording).ShouldBe($"{recording}\t{Recordings.Transcribe(model, pcm)}\n");

        using var result = JsonDocument.Parse(Tool("evaluate", Repository.File("tests/Data/tiny-hubert.onnx"), "--data", Repository.File("tests/Data/speech.tsv"), "--json"));
        result.RootElement.GetProperty("utterances").GetInt32().ShouldBe(4);
    }

    [OnLinuxX64Fact]
    public void A_machine_with_only_a_later_runtime_runs_it()
    {
        installation.Install(packages);
        string program = Directory.GetFiles(packages.PathOf("tools"), "stablequant.dll", SearchOption.AllDirectories).Single();
        string settings = File.ReadAllText(Path.ChangeExtension(program, ".runtimeconfig.json"));

        // As if it were made for a runtime that no machine has any more.
        string older = settings.Replace("\"version\": \"10.0.0\"", "\"version\": \"5.0.0\"", StringComparison.Ordinal);
        older.ShouldNotBe(settings);
        packages.Write("older.runtimeconfig.json", older);
        packages.Succeeds(".", "exec", "--runtimeconfig", packages.PathOf("older.runtimeconfig.json"), program, "--help").ShouldContain("calibrate");
    }

    private string Tool(params string[] arguments)
    {
        // Where this test's own runtime lies, the tool's does.
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));
        (string output, string errors, int status) = Shell.Run(
            packages.PathOf("."), new Dictionary<string, string?> { ["DOTNET_ROOT"] = root }, Path.Combine(packages.PathOf("tools"), "stablequant"), arguments);
        status.ShouldBe(0, output + errors);
        return output;
    }

    /// <summary>Installs the tool once.</summary>
    public sealed class Installation
    {
        private bool isInstalled;

        public void Install(Packages packages)
        {
            if (!isInstalled)
            {
                isInstalled = true;
                packages.Succeeds(".", "tool", "install", "StableQuant.Cli", "--prerelease", "--tool-path", packages.PathOf("tools"));
            }
        }
    }
}
