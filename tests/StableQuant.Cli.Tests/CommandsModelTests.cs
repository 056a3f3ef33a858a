using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using StableQuant.Generator;

namespace StableQuant.Cli.Tests;

/// <summary>Every command on the model that the sample ships.</summary>
[Trait("Ring", "Full")]
public sealed class CommandsModelTests : IDisposable
{
    private static readonly string Model = Tool.Model("commands.sqmodel");
    private static readonly string Recordings = Tool.Recording("transcripts.tsv");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Evaluate_measures_the_same_with_any_number_of_threads()
    {
        JsonElement one = Evaluate("1");
        one.GetProperty("utterances").GetInt32().ShouldBe(40);
        one.GetProperty("words").GetInt32().ShouldBe(266);
        one.GetProperty("wer").GetDouble().ShouldBeInRange(0, 0.02);
        one.GetProperty("cer").GetDouble().ShouldBeInRange(0, 0.02);
        one.GetProperty("realTimeFactor").GetDouble().ShouldBeInRange(1e-5, 1);

        string Measured(JsonElement json) => string.Join(",", json.EnumerateObject().Where(p => p.Name != "realTimeFactor").Select(p => p.ToString()));
        Measured(Evaluate("2")).ShouldBe(Measured(one));
    }

    [Fact]
    public void Transcribe_writes_what_is_said()
    {
        (string Path, string Text)[] said = [.. File.ReadLines(Recordings).Take(3).Select(line => line.Split('\t')).Select(f => (Tool.Recording(f[0]), f[1]))];
        Tool.Outcome outcome = Tool.Run(["transcribe", Model, .. said.Select(s => s.Path)]);
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        outcome.Error.ShouldBeEmpty();
        outcome.Output.TrimEnd('\n').Split('\n').ShouldBe(said.Select(s => $"{s.Path}\t{s.Text}"));
    }

    [Fact]
    public void Inspect_shows_layers_and_receipt()
    {
        JsonElement json = Tool.Run("inspect", Model, "--json").Json();
        json.GetProperty("parameters").GetInt64().ShouldBeInRange(3_200_000, 3_400_000);
        json.GetProperty("layers").EnumerateArray().Count(layer => layer.GetProperty("kind").GetString() == "attention").ShouldBe(6);
        json.GetProperty("measurements")[0].GetProperty("data").GetString().ShouldBe("commands-dev without every 5th");

        Tool.Outcome table = Tool.Run("inspect", Model);
        table.Status.ShouldBe(Tool.Done, table.Error);
        table.Output.ShouldContain("block5.attention");
        table.Output.ShouldContain("calibration on commands-dev without every 5th (160 utterances, 1020 words)");
    }

    [Fact]
    public void Emit_writes_what_the_generator_makes()
    {
        Tool.Outcome outcome = Tool.Run("emit", Model, "-o", folder.FullName, "--namespace", "VoiceCommands", "--json");
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);

        GeneratorDriver driver = CSharpGeneratorDriver.Create([new ModelGenerator().AsSourceGenerator()], [new ModelText(Model)], optionsProvider: new RootNamespace("VoiceCommands"));
        GeneratorRunResult generated = driver.RunGenerators(CSharpCompilation.Create("test", options: new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true))).GetRunResult().Results.Single();
        generated.Diagnostics.ShouldBeEmpty();
        generated.GeneratedSources.ShouldNotBeEmpty();
        string[] written = [.. outcome.Json().GetProperty("files").EnumerateArray().Select(file => file.GetString()!)];
        // A compilation may hold classes of the same name in several namespaces, a folder of emitted code holds one model.
        string Written(GeneratedSourceResult source) => Path.Combine(folder.FullName, source.HintName["VoiceCommands.".Length..]);
        written.ShouldBe(generated.GeneratedSources.Select(Written), ignoreOrder: true);
        foreach (GeneratedSourceResult source in generated.GeneratedSources)
        {
            (File.ReadAllText(Written(source)) == source.SourceText.ToString()).ShouldBeTrue(source.HintName);
        }
    }

    [Fact]
    public void Emit_takes_the_name_of_the_class()
    {
        Tool.Outcome outcome = Tool.Run("emit", Model, "-o", folder.FullName, "--class", "Ears");
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        File.ReadAllText(Path.Combine(folder.FullName, "Ears.g.cs")).ShouldContain("public sealed unsafe partial class Ears :");
        Tool.Run("emit", Model, "-o", folder.FullName, "--class", "class").ShouldFail(Tool.WrongUsage).ShouldContain("'class' is not a name for a class.");
    }

    [Fact]
    public void Calibrate_reports_each_layer()
    {
        string speech = Path.Combine(folder.FullName, "two.tsv");
        File.WriteAllLines(speech, File.ReadLines(Recordings).Take(2).Select(line => Tool.Recording(line)));
        string output = Path.Combine(folder.FullName, "two.sqmodel");
        Tool.Outcome outcome = Tool.Run("calibrate", Tool.Model("commands-wav2vec2.onnx"), "--data", speech, "-o", output, "--method", "percentile", "--percentile", "99.99", "--json");
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        JsonElement json = outcome.Json();
        json.GetProperty("floatWer").GetDouble().ShouldBe(0);
        json.GetProperty("quantizedWer").GetDouble().ShouldBe(0);
        json.GetProperty("quantizedBytes").GetInt64().ShouldBeLessThan(json.GetProperty("floatBytes").GetInt64() * 3 / 10);
        JsonElement[] noise = [.. json.GetProperty("noise").EnumerateArray()];
        noise.Select(heard => heard.GetProperty("sound").GetString()).ShouldContain("silence");
        noise.ShouldAllBe(heard => heard.GetProperty("float").ValueKind == JsonValueKind.String && heard.GetProperty("quantized").ValueKind == JsonValueKind.String);
        JsonElement[] layers = [.. json.GetProperty("layers").EnumerateArray()];
        layers.Select(l => l.GetProperty("name").GetString()).ShouldBe(
            [.. Enumerable.Range(0, 7).Select(i => $"conv{i}"), "projection", "position", .. Enumerable.Range(0, 6).Select(i => $"block{i}"), "head"]);
        foreach (JsonElement layer in layers)
        {
            layer.GetProperty("selected").ValueKind.ShouldBeOneOf(JsonValueKind.True, JsonValueKind.False);
            layer.GetProperty("percentile").GetDouble().ShouldBeInRange(50, 100);
            layer.GetProperty("werWhenQuantizedAlone").ValueKind.ShouldBeOneOf(JsonValueKind.Null, JsonValueKind.Number);
        }
    }

    private static JsonElement Evaluate(string threads)
    {
        Tool.Outcome outcome = Tool.Run("evaluate", Model, "--data", Recordings, "--threads", threads, "--json");
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        return outcome.Json();
    }

    private sealed class ModelText(string path) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(File.ReadAllText(path));
    }

    /// <summary>What the build tells the generator.</summary>
    private sealed class RootNamespace(string name) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Options(new Dictionary<string, string> { ["build_property.RootNamespace"] = name });

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Options([]);

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => new Options([]);

        private sealed class Options(Dictionary<string, string> values) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, out string value) => values.TryGetValue(key, out value!);
        }
    }
}
