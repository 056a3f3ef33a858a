using System.Text.Json;

namespace StableQuant.Cli.Tests;

public sealed class TranscribeTests
{
    private static readonly string Model = Tool.Data("tiny-hubert.onnx");
    private static readonly string First = Tool.Data("0055.wav");
    private static readonly string Second = Tool.Data("0128.wav");

    [Fact]
    public void Each_file_is_a_line()
    {
        Tool.Outcome outcome = Tool.Run("transcribe", Model, First, Second);
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        outcome.Error.ShouldBeEmpty();
        string[] lines = outcome.Output.TrimEnd('\n').Split('\n');
        lines.Select(line => line.Split('\t')[0]).ShouldBe([First, Second]);
        lines.ShouldAllBe(line => line.Split('\t').Length == 2);
    }

    [Fact]
    public void A_bad_file_does_not_stop_the_others()
    {
        Tool.Outcome outcome = Tool.Run("transcribe", Model, First, "nowhere.wav", Tool.Data("speech.tsv"), Second);
        outcome.Status.ShouldBe(Tool.Failed);
        outcome.Output.TrimEnd('\n').Split('\n').Select(line => line.Split('\t')[0]).ShouldBe([First, Second]);
        outcome.Errors.Length.ShouldBe(2);
        outcome.Errors[0].ShouldContain("nowhere.wav");
        outcome.Errors[1].ShouldContain("speech.tsv");
    }

    [Fact]
    public void Json_holds_texts_and_errors()
    {
        Tool.Outcome outcome = Tool.Run("transcribe", Model, First, "nowhere.wav", "--json");
        outcome.Status.ShouldBe(Tool.Failed);
        JsonElement files = outcome.Json().GetProperty("files");
        files.GetArrayLength().ShouldBe(2);
        files[0].GetProperty("path").GetString().ShouldBe(First);
        files[0].GetProperty("text").ValueKind.ShouldBe(JsonValueKind.String);
        files[1].GetProperty("error").GetString()!.ShouldContain("nowhere.wav");
    }
}
