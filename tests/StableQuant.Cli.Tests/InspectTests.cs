using System.Text.Json;

namespace StableQuant.Cli.Tests;

public sealed class InspectTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Check_compares_the_import_with_ONNX_Runtime()
    {
        Tool.Outcome outcome = Tool.Run("inspect", Tool.Data("tiny-hubert.onnx"), "--check", "--json");
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        JsonElement json = outcome.Json();
        double maxLogit = json.GetProperty("maxLogit").GetDouble();
        maxLogit.ShouldBeGreaterThan(0.1);
        json.GetProperty("maxDifference").GetDouble().ShouldBeInRange(0, 1e-4 * maxLogit);
        json.GetProperty("passed").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public void Layers_have_name_kind_and_shape()
    {
        JsonElement json = Tool.Run("inspect", Tool.Data("tiny-hubert.onnx"), "--json").Json();
        json.GetProperty("parameters").GetInt64().ShouldBe(103_488);
        JsonElement first = json.GetProperty("layers")[0];
        first.GetProperty("name").GetString().ShouldBe("conv0");
        first.GetProperty("kind").GetString().ShouldBe("convolution");
        first.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()).ToArray()[1..].ShouldBe([1, 10]);
        json.TryGetProperty("maxDifference", out _).ShouldBeFalse();
    }

    [Fact]
    public void People_get_a_table()
    {
        Tool.Outcome outcome = Tool.Run("inspect", Tool.Data("tiny-hubert.onnx"));
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        outcome.Output.ShouldContain("conv0");
        outcome.Output.ShouldContain("103488 parameters");
    }

    [Fact]
    public void The_table_tells_the_precision_of_each_layer()
    {
        string path = Path.Combine(folder.FullName, "mixed.sqmodel");
        File.WriteAllText(path, $"""
            sqmodel 1
            model "mixed"
            weights bytes=4096 sha256={new string('5', 64)}
            audio rate=16000 epsilon=1e-7
            vocabulary blank=0 space=1 "<pad>" "|" "A" "B"
            calibrated method="test" levers="augment weight-scales"
            remainders layer="head" share=0.0125
            conv0 = convolution audio in=1 out=16 kernel=10 stride=5 pad-left=0 pad-right=0 groups=1 bits=32 weights=0 bias=640 source=""
            block0.attention = attention conv0 conv0 conv0 heads=2 head-size=8 scale=1 source=""
            block0.attention.u8 = quantize block0.attention type=u8 scale=0.5 zero=128 outliers=clip percentile=100 why="max"
            head = linear block0.attention.u8 in=16 out=4 bits=8 weights=704 sums=960 multipliers=1024 bias=1088 source=""
            """);
        Tool.Outcome outcome = Tool.Run("inspect", path);
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        outcome.Output.ShouldMatch(@"(?m)^conv0 +convolution +16 × 1 × 10 +audio +float32\r?$");
        outcome.Output.ShouldMatch(@"(?m)^block0\.attention +attention +2 × 8 .* float32\r?$");
        outcome.Output.ShouldMatch(@"(?m)^head +linear +4 × 16 .* int8\r?$");
        outcome.Output.ShouldContain("U8, step 0.5, zero 128, 100 %: max");
        outcome.Output.ShouldContain("calibrated by test, with augment, weight-scales\nkept as remainders: head 1.25 %\n");

        outcome.Output.ShouldMatch(@"(?m)^shape [0-9a-f]{64}\r?$");

        // JSON says all that the table does.
        JsonElement json = Tool.Run("inspect", path, "--json").Json();
        outcome.Output.ShouldContain($"shape {json.GetProperty("shapeSha256").GetString()}");
        json.GetProperty("operations").GetInt32().ShouldBe(4);
        JsonElement[] layers = [.. json.GetProperty("layers").EnumerateArray()];
        layers[1].GetProperty("inputs").EnumerateArray().Select(input => input.GetString()).ShouldBe(["conv0", "conv0", "conv0"]);
        layers.Select(layer => layer.GetProperty("precision").GetString()).ShouldBe(["float32", "float32", null, "int8"]);
        JsonElement grid = layers[2].GetProperty("grid");
        (grid.GetProperty("type").GetString(), grid.GetProperty("scale").GetDouble(), grid.GetProperty("zeroPoint").GetInt32()).ShouldBe(("U8", 0.5, 128));
        (grid.GetProperty("percentile").GetDouble(), grid.GetProperty("outliers").GetString(), grid.GetProperty("why").GetString()).ShouldBe((100, "Clip", "max"));
    }

    // In a description of samples, and of features; the same for a float model.
    [Theory]
    [InlineData(
        "rate=16000 epsilon=1e-7", "audio: 16000 samples a second, at zero mean and unit variance over the utterance",
        """{"kind": "samples", "sampleRate": 16000, "normalizedOver": "utterance"}""")]
    [InlineData("rate=16000 normalize=none", "audio: 16000 samples a second, as they are", """{"kind": "samples", "sampleRate": 16000, "normalizedOver": null}""")]
    [InlineData(
        "rate=16000 features=nemo window=400 hop=160 fft=512 preemphasis=0.970000029 bands=80 low=0 high=8000 floor=5.96046448E-08 epsilon=9.99999975E-06 stack=1",
        "mel: log-mel features as NeMo makes them, of 16000 samples a second: windows of 400 every 160, Fourier transform of 512, preemphasis 0.97, 80 bands from 0 to 8000 Hz, each at zero mean and unit variance over the utterance",
        """{"kind": "log-mel", "convention": "NeMo", "sampleRate": 16000, "window": 400, "hop": 160, "fourierSize": 512, "preemphasis": 0.97, "bands": 80, "low": 0, "high": 8000, "stack": 1, "normalizedOver": "band"}""")]
    [InlineData(
        "rate=16000 features=kaldi window=400 hop=160 fft=512 preemphasis=0.970000029 bands=40 low=20 high=8000 floor=1.1920929E-07 epsilon=1E-07 stack=2",
        "mel: log-mel features as w2v-BERT 2.0 makes them, of 16000 samples a second: windows of 400 every 160, Fourier transform of 512, preemphasis 0.97, 40 bands from 20 to 8000 Hz, each at zero mean and unit variance over the utterance, 2 frames in one",
        """{"kind": "log-mel", "convention": "w2v-BERT 2.0", "sampleRate": 16000, "window": 400, "hop": 160, "fourierSize": 512, "preemphasis": 0.97, "bands": 40, "low": 20, "high": 8000, "stack": 2, "normalizedOver": "band"}""")]
    public void What_is_made_of_the_samples_stands_before_the_layers(string audio, string line, string frontEnd)
    {
        bool isOfSamples = line.StartsWith("audio", StringComparison.Ordinal);
        string path = Path.Combine(folder.FullName, "front.sqmodel");
        File.WriteAllText(path, $"""
            sqmodel {(isOfSamples ? 1 : 2)}
            model "front"
            weights bytes=8192 sha256={new string('5', 64)}
            audio {audio}
            vocabulary blank=0 space=1 "<pad>" "|" "A" "B"
            calibrated method="test" levers=""
            conv0 = {(isOfSamples ? "convolution audio in=1 out=80 kernel=10 stride=5 pad-left=0 pad-right=0 groups=1 bits=32 weights=0 bias=3200" : "layer-norm mel channels=80 epsilon=0.001 gain=0 bias=320")} source=""
            head = linear conv0 in=80 out=4 bits=32 weights=0 bias=5120 source=""
            """);
        Tool.Run("inspect", path).Output.ShouldStartWith(line + "\n");
        JsonElement json = Tool.Run("inspect", path, "--json").Json();
        JsonElement.DeepEquals(json.GetProperty("frontEnd"), JsonDocument.Parse(frontEnd).RootElement).ShouldBeTrue(json.GetProperty("frontEnd").ToString());
    }

    [Fact]
    public void Of_a_float_model_too()
    {
        Tool.Run("inspect", Tool.Data("tiny-hubert.onnx")).Output.ShouldStartWith("audio: 16000 samples a second, at zero mean and unit variance over the utterance\n");
        Tool.Run("inspect", Tool.Data("tiny-hubert.onnx"), "--json").Json().GetProperty("frontEnd").GetProperty("kind").GetString().ShouldBe("samples");
    }

    [Theory]
    [InlineData("text.onnx")]
    [InlineData("nowhere.onnx")]
    [InlineData("text.sqmodel")]
    [InlineData("nowhere.sqmodel")]
    public void What_is_not_a_model_is_an_error_that_names_it(string name)
    {
        File.WriteAllText(Path.Combine(folder.FullName, "text" + Path.GetExtension(name)), "this is not a model");
        string path = Path.Combine(folder.FullName, name);
        Tool.Run("inspect", path).ShouldFail(Tool.Failed).ShouldContain(path);
    }

    [Fact]
    public void Emit_leaves_nothing_behind_when_it_fails()
    {
        string model = Path.Combine(folder.FullName, "text.sqmodel");
        File.WriteAllText(model, "this is not a model");
        Tool.Run("emit", model, "-o", Path.Combine(folder.FullName, "out")).ShouldFail(Tool.Failed).ShouldContain("text.sqmodel(1,1)");
        Directory.Exists(Path.Combine(folder.FullName, "out")).ShouldBeFalse();
        Tool.Run("emit", model, "-o", "out", "--namespace", "a b").ShouldFail(Tool.WrongUsage).ShouldContain("not a namespace");
    }
}
