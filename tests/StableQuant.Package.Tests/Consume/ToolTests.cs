using System.Text.Json;
using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Package.Tests.Consume;

/// <summary>The tool, installed from its package.</summary>
[Collection(SharedPackages.Name)]
public sealed class ToolTests(Packages packages)
{
    [OnLinuxX64Fact]
    public void It_installs_and_carries_ONNX_Runtime_and_the_compiler()
    {
        packages.Succeeds(".", "tool", "install", "StableQuant.Cli", "--version", packages.Version, "--tool-path", packages.PathOf("tools"));

        (string name, float[] pcm) = Recordings.All[0];
        string recording = Path.Combine(AppContext.BaseDirectory, "Recordings", name);
        using var model = new Commands();
        Tool("transcribe", Repository.File("samples/VoiceCommands/Models/commands.sqmodel"), recording).ShouldBe($"{recording}\t{Recordings.Transcribe(model, pcm)}\n");

        using var result = JsonDocument.Parse(Tool("evaluate", Repository.File("tests/Data/tiny-hubert.onnx"), "--data", Repository.File("tests/Data/speech.tsv"), "--json"));
        result.RootElement.GetProperty("utterances").GetInt32().ShouldBe(4);
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
}
