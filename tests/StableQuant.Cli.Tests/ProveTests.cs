using System.Text.Json;

namespace StableQuant.Cli.Tests;

[Trait("Ring", "Full")]
public sealed class ProveTests : IDisposable
{
    private static readonly string Float = Tool.Data("tiny-hubert.onnx");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_card_tells_what_evaluate_measures_on_the_speech_that_calibration_did_not_hear()
    {
        // Twelve recordings: the fifth and the tenth are calibrated with.
        string[] lines = [.. File.ReadLines(Tool.Data("speech.tsv")).Where(line => line.Contains('\t'))];
        string[] all = [.. Enumerable.Range(0, 12).Select(i =>
        {
            File.Copy(Tool.Data(lines[i % 4].Split('\t')[0]), At($"{i:00}.wav"));
            return $"{i:00}.wav\t{lines[i % 4].Split('\t')[1]}";
        })];
        File.WriteAllLines(At("all.tsv"), all);
        File.WriteAllLines(At("judged.tsv"), all.Where((_, i) => i is not 4 and not 9));

        Tool.Outcome proved = Tool.RunIn(folder.FullName, "prove", Float, "--data", "all.tsv", "--vocab", Tool.Data("vocab.json"), "--json");
        proved.Status.ShouldBe(Tool.Done, proved.Error);
        JsonElement card = proved.Json();
        Directory.GetFiles(At("tiny-hubert-int8")).Select(Path.GetFileName).ShouldBe(["model-card.html", "model-card.md", "tiny-hubert.sqmodel", "tiny-hubert.sqweights"], ignoreOrder: true);
        card.GetProperty("calibrated").GetProperty("utterances").GetInt32().ShouldBe(2);
        card.GetProperty("judged").GetProperty("utterances").GetInt32().ShouldBe(10);
        card.GetProperty("commandLine").GetString().ShouldBe("stablequant prove tiny-hubert.onnx --data all.tsv --vocab vocab.json --json");
        foreach ((string model, string name) in new[] { (Float, "float"), (At("tiny-hubert-int8/tiny-hubert.sqmodel"), "quantized") })
        {
            JsonElement evaluated = Tool.Run("evaluate", model, "--data", At("judged.tsv"), "--vocab", Tool.Data("vocab.json"), "--json").Json();
            card.GetProperty(name).GetProperty("rates").GetProperty("wer").GetProperty("value").GetDouble().ShouldBe(evaluated.GetProperty("wer").GetDouble());
            card.GetProperty(name).GetProperty("rates").GetProperty("cer").GetProperty("value").GetDouble().ShouldBe(evaluated.GetProperty("cer").GetDouble());
        }

        string markdown = File.ReadAllText(At("tiny-hubert-int8/model-card.md"));
        markdown.ShouldContain("| model | WER % | CER % | rare-word WER % |");
        markdown.ShouldContain(card.GetProperty("weightsSha256").GetString()!);
        File.ReadAllText(At("tiny-hubert-int8/tiny-hubert.sqmodel")).ShouldContain(card.GetProperty("weightsSha256").GetString()!);
        File.ReadAllText(At("tiny-hubert-int8/model-card.html")).ShouldContain("rare-word WER");
    }

    [Fact]
    public void Speech_that_is_calibrated_with_is_not_judged_on()
    {
        Tool.Run("prove", Float, "--data", Tool.Data("speech.tsv"), "--calibration-data", Tool.Data("speech.tsv"), "-o", At("x")).ShouldFail(Tool.Failed)
            .ShouldContain("0055.wav: is among the speech to calibrate with and the speech to judge on");
        Tool.Run("prove", Float, "--data", Tool.Data("speech.tsv"), "-o", At("x")).ShouldFail(Tool.Failed).ShouldContain("has fewer than 10 utterances");
        File.Copy(Tool.Data("0055.wav"), At("a.wav"));
        Tool.Run("prove", Float, "--data", folder.FullName, "-o", At("x")).ShouldFail(Tool.Failed).ShouldContain("has no transcripts to judge by");
        Tool.Run("prove", Float, "--data", Tool.Data("speech.tsv"), "--rare", "0").ShouldFail(Tool.WrongUsage).ShouldContain("--rare takes 1 to");
        Directory.Exists(At("x")).ShouldBeFalse();
    }

    private string At(string name) => Path.Combine(folder.FullName, name);
}
