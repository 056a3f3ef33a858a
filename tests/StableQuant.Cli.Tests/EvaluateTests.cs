using System.Diagnostics;
using System.Text.Json;

namespace StableQuant.Cli.Tests;

public sealed class EvaluateTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Json_holds_the_measurements()
    {
        Tool.Outcome outcome = Tool.Run("evaluate", Tool.Data("tiny-hubert.onnx"), "--data", Tool.Data("speech.tsv"), "--json");
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        JsonElement json = outcome.Json();
        json.GetProperty("words").GetInt32().ShouldBe(9);
        json.GetProperty("utterances").GetInt32().ShouldBe(4);
        // The model is untrained: it gets nothing right.
        json.GetProperty("wer").GetDouble().ShouldBeInRange(0.9, 2.0);
        json.GetProperty("cer").GetDouble().ShouldBeGreaterThan(0.5);
        json.GetProperty("audioSeconds").GetDouble().ShouldBe(3.534, 0.01);
        json.GetProperty("realTimeFactor").GetDouble().ShouldBeInRange(0.0, 10.0);
    }

    [Fact]
    public void People_get_a_table()
    {
        Tool.Outcome outcome = Tool.Run("evaluate", Tool.Data("tiny-hubert.onnx"), "--data", Tool.Data("speech.tsv"));
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        outcome.Output.ShouldContain("speech: 4 utterances, 9 words, 3.5 s");
        outcome.Output.ShouldContain("word error rate");
        outcome.Error.ShouldContain("tiny-hubert: 4 of 4");
    }

    [Fact]
    public void Wrong_utterances_are_listed_word_under_word()
    {
        string data = Path.Combine(folder.FullName, "speech.tsv");
        File.WriteAllText(data, $"{Tool.Data("0055.wav")}\tCALL \u202eLAURA\n{Tool.Data("0128.wav")}\tFOUR NINE\n");
        string[] evaluate = ["evaluate", Tool.Data("tiny-hubert.onnx"), "--data", data];
        Tool.Outcome text = Tool.Run([.. evaluate, "--errors"]);
        text.Status.ShouldBe(Tool.Done, text.Error);
        text.Output.ShouldContain("word error rate");
        string[] list = text.Output[text.Output.IndexOf("\n\n", StringComparison.Ordinal)..].Trim('\n').Split('\n');
        list.Length.ShouldBe(9, "two utterances of four lines, and one between them");
        list[0].ShouldEndWith("0055.wav: 2 wrong of 2 words");
        // The untrained model hears one word; of the alignments with the fewest errors that one ends alike.
        list[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["reference", "CALL", "\uFFFDLAURA"]);
        list[2].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..2].ShouldBe(["hypothesis", "***"]);
        list[3].Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["deleted", "replaced"]);
        list[2].IndexOf("***", StringComparison.Ordinal).ShouldBe(list[1].IndexOf("CALL", StringComparison.Ordinal));

        string file = Path.Combine(folder.FullName, "errors.txt");
        Tool.Outcome written = Tool.Run([.. evaluate, "--errors", file]);
        written.Output.ShouldNotContain("deleted  replaced");
        written.Error.ShouldContain("errors.txt: 2 of 2 utterances are wrong.");
        File.ReadAllText(file).Trim('\n').Split('\n').ShouldBe(list);

        JsonElement json = Tool.Run([.. evaluate, "--errors", "--json"]).Json();
        JsonElement[] errors = [.. json.GetProperty("errors").EnumerateArray()];
        errors.Sum(e => e.GetProperty("deletions").GetInt32()).ShouldBe(json.GetProperty("deletions").GetInt32());
        errors[0].GetProperty("reference").GetString().ShouldBe("CALL \u202eLAURA");
        errors[0].GetProperty("words")[0].GetProperty("hypothesis").ValueKind.ShouldBe(JsonValueKind.Null);
        Tool.Run([.. evaluate, "--json"]).Json().GetProperty("errors").ValueKind.ShouldBe(JsonValueKind.Null);
        Tool.Run([.. evaluate, "--errors", folder.FullName]).ShouldFail(Tool.Failed).ShouldContain("is a folder");
    }

    [Fact]
    public void The_number_of_threads_changes_nothing_but_time()
    {
        string Measure(string threads) => string.Join("\n", Tool
            .Run("evaluate", Tool.Data("tiny-hubert.onnx"), "--data", Tool.Data("speech.tsv"), "--json", "--threads", threads)
            .Output.Split('\n').Where(line => !line.Contains("realTimeFactor")));
        Measure("3").ShouldBe(Measure("1"));
    }

    [Fact]
    public void Without_transcripts_the_float_model_is_the_reference()
    {
        CopyAudio(1);
        string vocabulary = Tool.Data("vocab.json");
        Tool.Outcome own = Tool.Run("evaluate", Tool.Data("tiny-hubert.onnx"), "--data", folder.FullName, "--json");
        own.Json().GetProperty("wer").GetDouble().ShouldBe(0);
        own.Error.ShouldContain("its own reference");

        Tool.Outcome other = Tool.Run("evaluate", Tool.Data("tiny-hubert.onnx"), "--data", folder.FullName, "--reference", Tool.Data("tiny-hubert.onnx"), "--vocab", vocabulary, "--json");
        other.Json().GetProperty("wer").GetDouble().ShouldBe(0);
        other.Error.ShouldNotContain("its own reference");

        Tool.Run("evaluate", "model.sqmodel", "--data", folder.FullName).ShouldFail(Tool.WrongUsage).ShouldContain("--reference");
    }

    [Fact]
    public void A_failure_is_one_line()
    {
        string model = Tool.Data("tiny-hubert.onnx");
        string data = Tool.Data("speech.tsv");
        string text = Path.Combine(folder.FullName, "text.onnx");
        File.WriteAllText(text, "not a model");

        Tool.Run("evaluate", model, "--data", "nowhere", "--json").ShouldFail(Tool.Failed).ShouldContain("nowhere");
        Tool.Run("evaluate", "nowhere.onnx", "--data", data).ShouldFail(Tool.Failed).ShouldContain("nowhere.onnx: there is no such model");
        Tool.Run("calibrate", "nowhere.onnx", "--data", data, "-o", "never.sqmodel").ShouldFail(Tool.Failed).ShouldContain("nowhere.onnx: there is no such model");
        Tool.Run("inspect", "nowhere.onnx").ShouldFail(Tool.Failed).ShouldContain("nowhere.onnx: there is no such model");
        Tool.Run("evaluate", text, "--data", data).ShouldFail(Tool.Failed).ShouldContain("text.onnx: is no complete ONNX file");
        string alone = Path.Combine(folder.FullName, "alone.onnx");
        File.Copy(model, alone);
        Tool.Run("evaluate", alone, "--data", data).ShouldFail(Tool.Failed).ShouldContain("--vocab");
    }

    [Fact]
    public async Task Ctrl_C_ends_it()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        CopyAudio(1000);
        using Process process = Tool.Start("evaluate", Tool.Data("tiny-hubert.onnx"), "--data", folder.FullName, "--threads", "1");
        (await process.StandardError.ReadLineAsync())!.ShouldContain("100 of 1000");
        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        string rest = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(Tool.Failed);
        rest.ShouldEndWith("stablequant: cancelled.\n");
        (await process.StandardOutput.ReadToEndAsync()).ShouldBeEmpty();
    }

    private void CopyAudio(int copies)
    {
        for (int i = 0; i < copies; i++)
        {
            File.Copy(Tool.Data("0055.wav"), Path.Combine(folder.FullName, $"{i:D4}.wav"));
        }
    }
}
