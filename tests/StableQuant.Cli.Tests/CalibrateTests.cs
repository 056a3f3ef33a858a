using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace StableQuant.Cli.Tests;

[Trait("Ring", "Full")]
public sealed class CalibrateTests : IDisposable
{
    private static readonly string Float = Tool.Data("tiny-hubert.onnx");
    private static readonly string Speech = Tool.Data("speech.tsv");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    private string Quantized => Path.Combine(folder.FullName, "tiny.sqmodel");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_calibrated_model_serves_every_other_command()
    {
        Tool.Outcome calibrated = Tool.Run("calibrate", Float, "--data", Speech, "-o", Quantized, "--method", "max", "--json");
        calibrated.Status.ShouldBe(Tool.Done, calibrated.Error);
        JsonElement json = calibrated.Json();
        json.GetProperty("words").GetInt32().ShouldBe(9);
        json.GetProperty("floatWer").GetDouble().ShouldBeGreaterThan(0.5);
        json.GetProperty("quantizedWer").GetDouble().ShouldBe(json.GetProperty("wer").GetDouble());
        json.GetProperty("verdict").GetProperty("outcome").GetString().ShouldBe("Undecided", "nine words tell nothing");
        json.GetProperty("floatBytes").GetInt64().ShouldBe(new FileInfo(Float).Length);
        json.GetProperty("quantizedBytes").GetInt64().ShouldBe(folder.EnumerateFiles().Sum(file => file.Length));
        json.GetProperty("layers").EnumerateArray().Select(layer => layer.GetProperty("name").GetString()).ShouldContain("conv0");
        folder.EnumerateFiles().Select(file => file.Name).Order().ShouldBe(["tiny.sqmodel", "tiny.sqweights"]);

        JsonElement evaluated = Tool.Run("evaluate", Quantized, "--data", Speech, "--json").Json();
        evaluated.GetProperty("wer").GetDouble().ShouldBe(json.GetProperty("wer").GetDouble());
        JsonElement Figure(string name) => evaluated.GetProperty("figures").EnumerateArray().Single(f => f.GetProperty("name").GetString() == name);
        Figure("wer").GetProperty("value").GetDouble().ShouldBe(json.GetProperty("wer").GetDouble());
        Figure("worst-wer").GetProperty("high").GetDouble().ShouldBeGreaterThanOrEqualTo(Figure("wer").GetProperty("value").GetDouble());
        JsonElement receipt = json.GetProperty("figures").EnumerateArray().Single();
        receipt.GetProperty("role").GetString().ShouldBe("calibration");
        receipt.GetProperty("figures").EnumerateArray().Select(f => f.GetProperty("name").GetString()).ShouldBe(["wer", "rare-wer", "worst-wer", "differing", "worst-differing"]);
        Tool.Run("evaluate", Quantized, "--data", Speech).Output.ShouldContain("word error rate, worst 1 % of the utterances");
        Tool.Run("inspect", Quantized).Output.ShouldMatch(@"(?m)^  word error rate: \S+ % float, \S+ % \(\S+ … \S+\) int8\r?$");

        string audio = Tool.Data("0055.wav");
        Tool.Outcome transcribed = Tool.Run("transcribe", Quantized, audio);
        transcribed.Status.ShouldBe(Tool.Done, transcribed.Error);
        transcribed.Output.ShouldStartWith(audio + "\t");

        JsonElement inspected = Tool.Run("inspect", Quantized, "--json").Json();
        inspected.GetProperty("parameters").GetInt64().ShouldBe(103_488 + 1_280, "the biases that the float model leaves out are zeros here");
        inspected.GetProperty("layers").EnumerateArray().Select(layer => layer.GetProperty("kind").GetString()).ShouldContain("quantize");

        string sources = Path.Combine(folder.FullName, "sources");
        Tool.Outcome emitted = Tool.Run("emit", Quantized, "-o", sources, "--namespace", "My.Speech");
        emitted.Status.ShouldBe(Tool.Done, emitted.Error);
        emitted.Output.TrimEnd('\n').Split('\n').Order().ShouldBe(Directory.GetFiles(sources).Order());
        File.ReadAllText(Path.Combine(sources, "Tiny.g.cs")).ShouldContain("namespace My.Speech;");
    }

    [Fact]
    public void A_probe_tells_which_words_differ_from_float_s_and_why()
    {
        // Audio without transcripts.
        DirectoryInfo audio = folder.CreateSubdirectory("probe");
        File.Copy(Tool.Data("0059.wav"), Path.Combine(audio.FullName, "a.wav"));
        File.Copy(Tool.Data("0128.wav"), Path.Combine(audio.FullName, "b.wav"));
        Tool.Outcome calibrated = Tool.Run("calibrate", Float, "--data", Speech, "-o", Quantized, "--method", "max", "--probe", audio.FullName, "--json");
        calibrated.Status.ShouldBe(Tool.Done, calibrated.Error);
        JsonElement json = calibrated.Json();
        JsonElement probe = json.GetProperty("differing").EnumerateArray().Single(set => set.GetProperty("role").GetString() == "probe");

        // The same by the other way: int8 against the float model's own transcripts.
        JsonElement evaluated = Tool.Run("evaluate", Quantized, "--data", audio.FullName, "--reference", Float, "--vocab", Tool.Data("vocab.json"), "--json").Json();
        probe.GetProperty("differing").GetDouble().ShouldBe(evaluated.GetProperty("wer").GetDouble());
        probe.GetProperty("words").GetInt32().ShouldBe(evaluated.GetProperty("words").GetInt32());
        JsonElement[] parts = [.. json.GetProperty("attribution").EnumerateArray()];
        parts[0].GetProperty("layer").ValueKind.ShouldBe(JsonValueKind.Null);
        parts.Select(part => part.GetProperty("operand").GetString()).ShouldContain("Probabilities");

        Tool.Run("inspect", Quantized).Output.ShouldContain("probe on probe (2 utterances, ");
        Tool.Outcome table = Tool.Run("compare", Float, "--data", Speech, "--holdout", Speech, "--probe", audio.FullName);
        table.Status.ShouldBe(Tool.Done, table.Error);
        table.Output.ShouldContain("on the probe");
        table.Output.ShouldContain("What makes the difference on probe:");
    }

    [Fact]
    public void Compare_measures_every_method_on_the_same_speech_of_a_checkpoint_s_folder()
    {
        string report = Path.Combine(folder.FullName, "compared.html");
        string checkpoint = Tool.Model("checkpoints/hubert-group");
        Tool.Outcome compared = Tool.Run("compare", checkpoint, "--data", Speech, "--holdout", Speech, "--json", "--report", report, "--weight-bits", "8,4");
        compared.Status.ShouldBe(Tool.Done, compared.Error);
        File.ReadAllText(report).ShouldContain("stablequant, keep");
        JsonElement json = compared.Json();
        json.GetProperty("words").GetInt32().ShouldBe(9);
        JsonElement[] methods = [.. json.GetProperty("methods").EnumerateArray()];
        methods.Select(m => m.GetProperty("name").GetString()).ShouldBe(
            [.. new[] { "max", "percentile", "entropy", "mse", "stablequant, paper", "stablequant, clip", "stablequant, keep" }.SelectMany(name => new[] { name, $"{name}, 4 bits" })]);
        JsonElement Row(string name) => methods.Single(m => m.GetProperty("name").GetString() == name);
        Row("stablequant, keep").GetProperty("figures").EnumerateArray().Select(f => f.GetProperty("name").GetString()).ShouldBe(["wer", "rare-wer", "worst-wer", "differing", "worst-differing"]);
        Row("max, 4 bits").GetProperty("weightBits").GetString().ShouldBe("4");
        Row("max, 4 bits").GetProperty("sizeRatio").GetDouble().ShouldBeLessThan(Row("max").GetProperty("sizeRatio").GetDouble());

        Tool.Run("calibrate", checkpoint, "--data", Speech, "-o", Quantized, "--method", "max").Status.ShouldBe(Tool.Done);
        double alone = Tool.Run("evaluate", Quantized, "--data", Speech, "--json").Json().GetProperty("wer").GetDouble();
        methods[0].GetProperty("wer").GetDouble().ShouldBe(alone);

        Tool.Run("compare", Float, "--data", Speech).Status.ShouldBe(Tool.WrongUsage, "four utterances are too few to hold one of five back");
    }

    [Theory]
    [InlineData("8,5", "no weights of '5' bits; there are 8, 7, 4, 3, auto")]
    [InlineData("8,,4", "no weights of '' bits")]
    [InlineData("4,3, 4", "names some bits twice")]
    public void Compare_takes_the_bits_that_there_are_each_once(string bits, string message) =>
        Tool.Run("compare", Float, "--data", Speech, "--holdout", Speech, "--weight-bits", bits).ShouldFail(Tool.WrongUsage).ShouldContain(message);

    [Fact]
    public void The_report_appears_with_the_model_and_the_same_input_makes_the_same_files()
    {
        string report = Path.Combine(folder.FullName, "tiny.html");
        (string Model, string Page) Calibrate(string threads)
        {
            Tool.Run("calibrate", Float, "--data", Speech, "-o", Quantized, "--report", report, "--threads", threads).Status.ShouldBe(Tool.Done);
            folder.EnumerateFiles().Select(file => file.Name).Order().ShouldBe(["tiny.html", "tiny.sqmodel", "tiny.sqweights"]);
            // Speed is the one thing that is measured with a clock.
            return (File.ReadAllText(Quantized), Regex.Replace(File.ReadAllText(report), "<div class=\"speed\">.*?</div>", ""));
        }

        (string model, string page) = Calibrate("3");
        Calibrate("1").ShouldBe((model, page));
        page.ShouldContain("stablequant calibrate tiny-hubert.onnx --data speech.tsv -o tiny.sqmodel --report tiny.html");
        page.ShouldContain("tiny-hubert.onnx");
    }

    [Theory]
    [InlineData("calibrate")]
    [InlineData("compare")]
    public void A_report_that_cannot_be_written_is_told_before_the_work(string command)
    {
        string file = Path.Combine(folder.FullName, "file");
        File.WriteAllText(file, "");
        string[] output = command == "calibrate" ? ["-o", Quantized] : [];
        Tool.Run([command, Float, "--data", Speech, "--holdout", Speech, .. output, "--report", Path.Combine(file, "report.html")])
            .ShouldFail(Tool.Failed).ShouldContain("name another place");
        folder.EnumerateFileSystemInfos().Select(entry => entry.Name).ShouldBe(["file"]);
    }

    [Fact]
    public void Layers_stay_in_float_only_when_a_person_says_so()
    {
        string[] common = ["calibrate", Float, "--data", Speech, "-o", Quantized, "--method", "max"];
        Tool.Run([.. common, "--allow-float", "conv1,head"]).Status.ShouldBe(Tool.Done);
        Tool.Outcome inspected = Tool.Run("inspect", Quantized);
        inspected.Output.ShouldMatch(@"(?m)^conv1 .* float32\r?$");
        inspected.Output.ShouldMatch(@"(?m)^conv2 .* int8\r?$");

        Tool.Run([.. common, "--allow-float"]).Status.ShouldBe(Tool.Done);
        Tool.Run("inspect", Quantized).Output.ShouldNotContain("float32");

        Tool.Run([.. common, "--allow-float", "conv9"]).ShouldFail(Tool.Failed).ShouldContain("no layer 'conv9'");
    }

    [Fact]
    public void Levers_are_switched_by_name()
    {
        string[] common = ["calibrate", Float, "--data", Speech, "-o", Quantized, "--json"];
        JsonElement Levers(params string[] options) => Tool.Run([.. common, .. options]).Json().GetProperty("levers");
        Levers().EnumerateArray().Select(lever => lever.GetString()).ShouldBe(["continuous", "augment", "weight-scales", "error-feedback", "dither"]);
        Levers("--levers", "weight-scales").EnumerateArray().Select(lever => lever.GetString()).ShouldBe(["weight-scales"]);
        Levers("--levers", "none").GetArrayLength().ShouldBe(0);
        Tool.Run([.. common, "--fidelity", "high", "--outliers", "clip"]).ShouldFail(Tool.WrongUsage).ShouldContain("--fidelity high belongs to --method stablequant");
        Tool.Run([.. common, "--levers", "crowbar"]).ShouldFail(Tool.WrongUsage).ShouldContain("no lever 'crowbar'; there are continuous, augment, weight-scales, error-feedback, dither");
    }

    [Fact]
    public void Weights_have_8_bits_or_fewer()
    {
        string[] common = ["calibrate", Float, "--data", Speech, "-o", Quantized, "--method", "max"];
        Tool.Run(common).Status.ShouldBe(Tool.Done);
        Tool.Run("inspect", Quantized).Output.ShouldContain("calibrated by max\n");
        Tool.Run([.. common, "--weight-bits", "7"]).Status.ShouldBe(Tool.Done);
        Tool.Run("inspect", Quantized).Output.ShouldContain("calibrated by max, 7-bit weights\n");
        Tool.Run([.. common, "--weight-bits", "4"]).Status.ShouldBe(Tool.Done);
        Tool.Run("inspect", Quantized).Output.ShouldContain("int8, weights of 4 bits");
        Tool.Run("transcribe", Quantized, Tool.Data("0055.wav")).Status.ShouldBe(Tool.Done);
        Tool.Run([.. common, "--weight-bits", "6"]).ShouldFail(Tool.WrongUsage).ShouldContain("'6'");
        Tool.Run([.. common, "--weight-bits", "auto"]).ShouldFail(Tool.WrongUsage).ShouldContain("belongs to --method stablequant");
        Tool.Run([.. common, "--weight-bits", "4", "--size-limit", "100"]).ShouldFail(Tool.WrongUsage).ShouldContain("belongs to --weight-bits auto");
    }

    [Fact]
    public void It_ends_with_a_verdict_and_what_to_do_next()
    {
        Tool.Outcome outcome = Tool.Run("calibrate", Float, "--data", Speech, "--holdout", Speech, "-o", Quantized, "--method", "max");
        string[] lines = outcome.Output.TrimEnd('\n').Split('\n')[^3..];
        lines[0].ShouldMatch(@"^Not decided on held-back speech \(speech, 9 words\): word error rate \S+ points \(95 % interval \S+ … \S+, margin 0\.3\)\.$");
        lines[1].ShouldContain("--report FILE.html");
        lines[2].ShouldStartWith("Next: ");
        outcome.Error.ShouldNotContain(" 0 of ", customMessage: "no step is shown that there is nothing to do in");
    }

    [Fact]
    public void A_failure_leaves_no_file()
    {
        Tool.Run("calibrate", Float, "--data", "nowhere", "-o", Quantized).ShouldFail(Tool.Failed).ShouldContain("nowhere");
        folder.EnumerateFileSystemInfos().ShouldBeEmpty();
    }

    [Fact]
    public async Task Ctrl_C_leaves_no_file()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        DirectoryInfo speech = Directory.CreateTempSubdirectory("stablequant-");
        for (int i = 0; i < 200; i++)
        {
            File.Copy(Tool.Data("0055.wav"), Path.Combine(speech.FullName, $"{i:D4}.wav"));
        }

        using Process process = Tool.Start("calibrate", Float, "--data", speech.FullName, "-o", Quantized);
        (await process.StandardError.ReadLineAsync()).ShouldNotBeNull().ShouldContain(" of ");
        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        string rest = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        speech.Delete(recursive: true);
        process.ExitCode.ShouldBe(Tool.Failed, rest);
        rest.ShouldEndWith("stablequant: cancelled.\n");
        folder.EnumerateFileSystemInfos().ShouldBeEmpty();
    }
}
