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
    public void A_missing_file_is_told_before_a_model_is_looked_at()
    {
        string[] missing = ["nowhere.wav", "elsewhere.wav"];
        Tool.Outcome outcome = Tool.Run(["transcribe", "nowhere.sqmodel", .. missing]);
        outcome.Status.ShouldBe(Tool.Failed);
        outcome.Error.ShouldBe("stablequant: nowhere.wav: there is no such file.\nstablequant: elsewhere.wav: there is no such file.\n");
        Tool.Run(["transcribe", "nowhere.sqmodel", .. missing, "--json"]).Json().GetProperty("files").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public void A_file_s_name_does_nothing_to_a_terminal_and_JSON_has_it_as_it_is()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");
        try
        {
            string audio = Path.Combine(folder.FullName, "\u001b]0;x\u0007\n\t\u009b2J\u202e.wav");
            File.Copy(First, audio);
            string plain = Path.Combine(folder.FullName, "\uFFFD]0;x\uFFFD\uFFFD\uFFFD\uFFFD2J\uFFFD.wav");
            Tool.Outcome text = Tool.Run("transcribe", Model, audio, "--times");
            text.Output.Split('\n')[0].Split('\t').Length.ShouldBe(2);
            text.Output.ShouldStartWith(plain + "\t");
            Tool.Run("transcribe", Model, audio, "--format", "ctm").Output.ShouldNotContain('\u001b');

            Tool.Outcome json = Tool.Run("transcribe", Model, audio, "--json");
            json.Output.ShouldNotContain('\u001b');
            json.Json().GetProperty("files")[0].GetProperty("path").GetString().ShouldBe(audio);

            File.Delete(audio);
            Tool.Run("transcribe", Model, audio).ShouldFail(Tool.Failed).ShouldMatch("^[^\\p{C}]+: there is no such file.\n$");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
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
