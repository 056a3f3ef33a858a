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
