namespace StableQuant.Cli.Tests;

/// <summary>Files made to break what reads them: each is one line that names file, place and mend. None ends a process, or makes one large.</summary>
public sealed class HostileInputTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("A-plane-overflow", "(8,1): This value would have 57599997 frames of 8192 channels an hour")]
    [InlineData("C-unread-keep", "(9,1): No operation reads 'x'; remove the line.")]
    [InlineData("C-unread-keep-among-many", "(20,1): No operation reads 'conv0.u8'; remove the line.")]
    [InlineData("D-stride-overflow-i8", "(8,1): This value would have 57600000 frames of 32768 channels an hour")]
    [InlineData("E-stack-overflow", "(10,46): A step of 3145728 values from one window to the next is too large; at most 1048576 are allowed.")]
    [InlineData("scale-max", "(9,28): 'scale' must be a number from 1.17549435E-38 to 1E+10.")]
    [InlineData("vocab-same", "(5,20): Token 1 cannot be both the blank and the space; name another, or -1 for no space.")]
    [InlineData("vocab-path", "(5,1): Token 2 holds a character that controls a terminal or is none; a token is text.")]
    public void A_description_that_cannot_be_compiled(string name, string says)
    {
        string model = Hostile(name + ".sqmodel");
        string weights = Path.ChangeExtension(model, ".sqweights");
        foreach (string[] arguments in (string[][])[["transcribe", model, Tool.Data("0055.wav")], ["emit", model, "-o", At("out")], ["inspect", model]])
        {
            Tool.Run(arguments).ShouldFail(Tool.Failed).ShouldStartWith($"stablequant: {model}{says}");
        }

        Directory.Exists(At("out")).ShouldBeFalse();
        File.Exists(weights).ShouldBeFalse("it was not even looked for");
    }

    [Theory]
    [InlineData("B-buffer-collision", "at byte 0 a weight is −128; kernels take −127 to 127.")]
    [InlineData("only-128", "at byte 0 a weight is −128; kernels take −127 to 127.")]
    [InlineData("only-sums-wrong", "at byte 384 the sums are not those of the weights at byte 0.")]
    public void Weights_that_kernels_cannot_take(string name, string says) =>
        Tool.Run("transcribe", Hostile(name + ".sqmodel"), Tool.Data("0055.wav")).ShouldFail(Tool.Failed)
            .ShouldBe($"stablequant: {Hostile(name + ".sqweights")}: {says} The file is not what calibration writes; calibrate again.\n");

    [Fact]
    public void A_chain_of_20000_convolutions()
    {
        string[] head = [.. File.ReadLines(Hostile("scale-max.sqmodel")).Take(6)];
        string model = At("chain.sqmodel");
        File.WriteAllLines(model, [
            .. head,
            "c0 = convolution audio in=1 out=4 kernel=1 stride=1 pad-left=0 pad-right=0 groups=1 bits=32 weights=0 bias=64 source=\"\"",
            .. Enumerable.Range(1, 20_000).Select(i => $"c{i} = convolution c{i - 1} in=4 out=4 kernel=2 stride=1 pad-left=0 pad-right=0 groups=1 bits=32 weights=0 bias=0 source=\"\""),
            "head = linear c20000 in=4 out=5 bits=32 weights=0 bias=0 source=\"\"",
        ]);
        Tool.Run("transcribe", model, Tool.Data("0055.wav")).ShouldFail(Tool.Failed).ShouldBe($"stablequant: {model}(4103,1): A model has at most 4096 operations.\n");
    }

    [Theory]
    [InlineData("vocab.json-InvalidOperationException-1.json")]
    [InlineData("vocab.json-InvalidOperationException-2.json")]
    [InlineData("vocab.json-InvalidOperationException-3.json")]
    public void A_vocabulary_whose_token_is_no_text(string name) =>
        Tool.Run("evaluate", Tool.Data("tiny-hubert.onnx"), "--data", Tool.Data("speech.tsv"), "--vocab", Hostile(name)).ShouldFail(Tool.Failed)
            .ShouldMatch($"^stablequant: {System.Text.RegularExpressions.Regex.Escape(Hostile(name))}: .* no text.*; save the file as UTF-8\\.\n$");

    // Half a character as a name, as a text, and deep within, in every JSON file that is looked at.
    [Theory]
    [InlineData("vocab.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("preprocessor_config.json")]
    [InlineData("config.json")]
    public void Half_a_character_in_a_file_of_a_checkpoint(string file)
    {
        foreach (string text in new[] { "{\"\\ud800\": 1}", "{\"architectures\": [\"\\ud83dx\"]}" })
        {
            string folder = At("checkpoint");
            Directory.CreateDirectory(folder);
            foreach (string path in Directory.GetFiles(Tool.Model("checkpoints/hubert-group")))
            {
                File.Copy(path, Path.Combine(folder, Path.GetFileName(path)), overwrite: true);
            }

            File.WriteAllText(Path.Combine(folder, file), text);
            Tool.Run("evaluate", folder, "--data", Tool.Data("speech.tsv")).ShouldFail(Tool.Failed).ShouldStartWith($"stablequant: {Path.Combine(folder, file)}: ");
        }
    }

    [Theory]
    [InlineData("\u0007", "Token 1 holds a character that controls a terminal or is none; a token is text.")]
    [InlineData("\u2028", "Token 1 holds a character that controls a terminal or is none; a token is text.")]
    public void A_vocabulary_whose_token_controls_a_terminal(string token, string says)
    {
        string vocabulary = At("vocab.json");
        File.WriteAllText(vocabulary, System.Text.Json.JsonSerializer.Serialize(new[] { "<pad>", token }.Concat(Enumerable.Range(2, 30).Select(i => $"{i}")).Index().ToDictionary(t => t.Item, t => t.Index)));
        Tool.Run("evaluate", Tool.Data("tiny-hubert.onnx"), "--data", Tool.Data("speech.tsv"), "--vocab", vocabulary).ShouldFail(Tool.Failed)
            .ShouldBe($"stablequant: {vocabulary}: {says}\n");
    }

    [Fact]
    public void A_manifest_whose_path_holds_a_NUL()
    {
        Tool.Outcome outcome = Tool.Run("evaluate", Tool.Model("commands.sqmodel"), "--data", Hostile("tsv-nul.tsv"));
        outcome.Status.ShouldBe(Tool.Failed);
        outcome.Error.ShouldStartWith($"{Hostile("tsv-nul.tsv")}(1): there is no audio file []a\uFFFD.wav.\n");
        outcome.Errors.ShouldHaveSingleItem().ShouldStartWith("stablequant: tsv-nul: 3 of 3 recordings cannot be used");
    }

    [Fact]
    public void A_graph_that_makes_gigabytes_of_nothing() =>
        Tool.Run("inspect", Hostile("onnx-fat-22.onnx")).ShouldFail(Tool.Failed)
            .ShouldBe($"stablequant: {Hostile("onnx-fat-22.onnx")}: node 'node_arange_2' (Range): its range has no sensible length\n");

    [Fact]
    public void What_is_printed_of_a_description_does_nothing_to_a_terminal()
    {
        string escape = "\\u001b]0;x\\u0007";
        string model = At("texts.sqmodel");
        File.WriteAllText(model, File.ReadAllText(Tool.Model("commands.sqmodel"))
            .Replace("method=\"", $"method=\"{escape}", StringComparison.Ordinal)
            .Replace("why=\"", $"why=\"{escape}", StringComparison.Ordinal)
            .Replace("data=\"", $"data=\"{escape}", StringComparison.Ordinal));
        Tool.Outcome outcome = Tool.Run("inspect", model);
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        outcome.Output.ShouldContain("\uFFFD]0;x\uFFFD");
        outcome.Output.ShouldNotContain('\u001b');

        File.WriteAllText(model, File.ReadAllText(model).Replace(" = quantize ", $" = \"{escape}\" ", StringComparison.Ordinal));
        Tool.Run("inspect", model).ShouldFail(Tool.Failed).ShouldContain("'\uFFFD]0;x\uFFFD' is no kind of operation");
    }

    private static string Hostile(string name) => Tool.Data(Path.Combine("Hostile", name));

    private string At(string name) => Path.Combine(folder.FullName, name);
}
