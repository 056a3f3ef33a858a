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
