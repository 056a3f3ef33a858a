using System.Buffers.Binary;
using System.Text;

namespace StableQuant.Cli.Tests;

/// <summary>What is wrong with a file is one line: the file, the place in it, the mend. Nothing is left half-written.</summary>
public sealed class BadInputTests : IDisposable
{
    private static readonly string Float = Tool.Model("commands-wav2vec2.onnx");
    private static readonly string Vocabulary = Tool.Model("vocab.json");
    private static readonly string Recording = Tool.Recording("0000.wav");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public BadInputTests() => Write("speech.tsv", $"{Recording}\tWAKE ME UP\n");

    private string Speech => At("speech.tsv");

    private string Output => At("made.sqmodel");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_truncated_model()
    {
        string cut = Write("cut.onnx", File.ReadAllBytes(Float)[..5_000_000]);
        Calibrate(cut).ShouldBe($"{cut}: is no complete ONNX file (truncated or damaged?); copy or export it again");
        Tool.Run("evaluate", cut, "--data", Speech, "--vocab", Vocabulary).ShouldFail(Tool.Failed).ShouldContain($"{cut}: is no complete ONNX file (truncated or damaged?); copy or export it again");
    }

    [Fact]
    public void An_unknown_operator()
    {
        string text = Encoding.Latin1.GetString(File.ReadAllBytes(Float)).Replace("InstanceNormalization", "InstanceNormalizatiox", StringComparison.Ordinal);
        string strange = Write("strange.onnx", Encoding.Latin1.GetBytes(text));
        string error = Calibrate(strange);
        error.ShouldStartWith($"{strange}: node '/m/wav2vec2/feature_extractor/conv_layers.0/layer_norm/");
        error.ShouldContain("(InstanceNormalizatiox): this operator is not supported");
        error.ShouldContain("export the model");
    }

    [Fact]
    [Trait("Ring", "Full")]
    public void Weights_that_do_not_belong_to_the_model()
    {
        string model = Write("m.sqmodel", File.ReadAllBytes(Tool.Model("commands.sqmodel")));
        string weights = At("m.sqweights");
        byte[] good = File.ReadAllBytes(Tool.Model("commands.sqweights"));
        Evaluate(model).ShouldStartWith($"{weights}: there is no such file");

        Write("m.sqweights", good[..3_000_000]);
        Evaluate(model).ShouldStartWith($"{weights}: 3000000 bytes, but the model was compiled for weights of {good.Length} bytes.");

        good[1_000_000] ^= 1;
        Write("m.sqweights", good);
        string error = Evaluate(model);
        error.ShouldStartWith($"{weights}: SHA-256 is ");
        error.ShouldContain("calibrate again or restore it");
        Tool.Run("transcribe", model, Recording).ShouldFail(Tool.Failed).ShouldContain("SHA-256");
    }

    [Theory]
    [InlineData("evaluate")]
    [InlineData("inspect")]
    [InlineData("emit")]
    public void A_wrong_number_in_a_description(string command)
    {
        string[] lines = File.ReadAllLines(Tool.Model("commands.sqmodel"));
        int line = Array.FindIndex(lines, l => l.Contains(" = quantize ", StringComparison.Ordinal));
        int column = lines[line].IndexOf("scale=", StringComparison.Ordinal);
        lines[line] = lines[line].Replace("scale=", "scale=x", StringComparison.Ordinal);
        string model = Write("wrong.sqmodel", string.Join('\n', lines));
        string made = At("sources");
        string[] more = command switch { "evaluate" => ["--data", Speech], "emit" => ["-o", made], _ => [] };
        string error = Error(Tool.Run([command, model, .. more]));
        error.ShouldStartWith($"{model}({line + 1},");
        int.Parse(error[$"{model}({line + 1},".Length..error.IndexOf(')')]).ShouldBeInRange(column + 1, column + "scale=".Length + 1);
        error.ShouldContain("'scale' must be a number.");
        Directory.Exists(made).ShouldBeFalse();
    }

    [Fact]
    [Trait("Ring", "Full")]
    public void Audio_that_is_none()
    {
        byte[] wave = File.ReadAllBytes(Recording);
        int data = wave.AsSpan().IndexOf("data"u8) + 4;
        byte[] WithLength(int declared, int kept)
        {
            byte[] changed = wave[..(data + 4 + kept)];
            BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(data), declared);
            BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(4), changed.Length - 8);
            return changed;
        }

        (string Path, string Says)[] bad =
        [
            (Write("none.wav", WithLength(0, 0)), "byte 36: the recording holds no audio; record it again"),
            (Write("empty.wav", ""), "byte 0: the file is empty; record or copy it again"),
            (Write("short.wav", WithLength(160, 160)), "5 ms of audio is too short, the model needs 25 ms; leave it out"),
            (folder.FullName, "is a folder; name the recordings in it"),
        ];
        Tool.Outcome transcribed = Tool.Run(["transcribe", Tool.Model("commands.sqmodel"), .. bad.Select(b => b.Path), Recording]);
        transcribed.Status.ShouldBe(Tool.Failed);
        transcribed.Output.ShouldStartWith($"{Recording}\tWAKE");
        transcribed.Errors.Length.ShouldBe(bad.Length);
        Tool.Outcome sample = Tool.RunSample(null, [.. bad.Select(b => b.Path), Recording]);
        sample.Status.ShouldBe(Tool.Failed);
        sample.Error.TrimEnd('\n').Split('\n').Length.ShouldBe(bad.Length);
        for (int i = 0; i < bad.Length; i++)
        {
            transcribed.Errors[i].ShouldStartWith($"stablequant: {bad[i].Path}: {bad[i].Says}");
            sample.Error.Split('\n')[i].ShouldStartWith($"VoiceCommands: {bad[i].Path}: ");
        }

        foreach ((string path, string says) in bad[..^1])
        {
            Write("speech.tsv", $"{Path.GetFileName(path)}\tHELLO\n");
            Calibrate(Float).ShouldStartWith($"{path}: {says}");
            Evaluate(Tool.Model("commands.sqmodel")).ShouldStartWith($"{path}: {says}");
        }
    }

    [Fact]
    public void A_manifest_that_names_what_is_not_there()
    {
        Write("speech.tsv", $"{Recording}\tWAKE ME UP\nnowhere.wav\tHELLO\n");
        Calibrate(Float).ShouldBe($"{Speech}(2): there is no audio file nowhere.wav.");
        Evaluate(Tool.Model("commands.sqmodel")).ShouldBe($"{Speech}(2): there is no audio file nowhere.wav.");
    }

    [Fact]
    public void A_folder_in_place_of_a_model()
    {
        string onnx = folder.CreateSubdirectory("folder.onnx").FullName;
        string compiled = folder.CreateSubdirectory("folder.sqmodel").FullName;
        string why = $"{Path.Combine(onnx, "config.json")}: there is no such file; download the whole folder";
        Calibrate(onnx).ShouldBe(why);
        Evaluate(onnx, "--vocab", Vocabulary).ShouldBe(why);
        Evaluate(compiled).ShouldBe($"{compiled}: is a folder; name a .sqmodel file.");
    }

    [Fact]
    public void An_output_that_cannot_be_written()
    {
        string file = Write("file", "text");
        string taken = folder.CreateSubdirectory("taken.sqmodel").FullName;
        CalibrateTo(Path.Combine(file, "m.sqmodel")).ShouldEndWith($"cannot be written, as {file} is a file, not a folder; name another place.");
        CalibrateTo(taken).ShouldBe($"{taken}: is a folder; name a file in it.");
        Error(Tool.Run("emit", Tool.Model("commands.sqmodel"), "-o", file)).ShouldContain($"{file} is a file");
        folder.EnumerateFileSystemInfos().Select(f => f.Name).Order(StringComparer.Ordinal).ShouldBe(["file", "speech.tsv", "taken.sqmodel"]);
        if (OperatingSystem.IsLinux())
        {
            // Not even the administrator makes files there.
            CalibrateTo("/proc/made.sqmodel").ShouldStartWith("/proc/made.sqmodel: cannot be written there; name another place or change its permissions:");
        }
    }

    [Fact]
    public void A_vocabulary_of_another_size()
    {
        string two = Write("two.json", """{"<pad>": 0, "A": 1}""");
        string says = $"{two}: two.json names 2 tokens, but {Float} makes 32 logits a frame. Put the files of the model's tokenizer beside it, or name the vocabulary that belongs to it with --vocab FILE.";
        Error(Tool.Run("calibrate", Float, "--data", Speech, "-o", Output, "--vocab", two)).ShouldBe(says);
        Evaluate(Float, "--vocab", two).ShouldBe(says);
        File.Exists(Output).ShouldBeFalse();
    }

    [Fact]
    public void A_sample_that_cannot_start()
    {
        Tool.Outcome kernels = Tool.RunSample("bogus", Recording);
        kernels.Status.ShouldBe(Tool.Failed);
        kernels.Output.ShouldBeEmpty();
        kernels.Error.ShouldBe("VoiceCommands: STABLEQUANT_KERNELS=bogus: no such kernels; use amx, avx512vnni, avxvnni, avx512, avx2, armi8mm, armdp, neon, vector128, scalar, or unset the variable.\n");

        Tool.Outcome tooLong = Tool.RunSample(null, "--max-seconds", "1", Recording);
        tooLong.Status.ShouldBe(Tool.Failed);
        tooLong.Error.ShouldBe($"VoiceCommands: {Recording}: longer than 1 s; split it, or make room with --max-seconds\n");

        Tool.RunSample(null, "--max-seconds", "0.01").Status.ShouldBe(Tool.WrongUsage);
        Tool.RunSample(null, Recording).Output.ShouldStartWith($"{Recording}\tWAKE ME UP AT EIGHT O'CLOCK ON WEDNESDAY\t");
    }

    private string Calibrate(string model)
    {
        string error = Error(Tool.Run("calibrate", model, "--data", Speech, "-o", Output, "--vocab", Vocabulary));
        folder.EnumerateFiles("*made*").ShouldBeEmpty();
        folder.EnumerateFiles("*.partial").ShouldBeEmpty();
        return error;
    }

    private string CalibrateTo(string output) => Error(Tool.Run("calibrate", Float, "--data", Speech, "-o", output));

    private string Evaluate(string model, params string[] more) => Error(Tool.Run(["evaluate", model, "--data", Speech, .. more]));

    private static string Error(Tool.Outcome outcome) => outcome.ShouldFail(Tool.Failed).TrimEnd('\n')["stablequant: ".Length..];

    private string At(string name) => Path.Combine(folder.FullName, name);

    private string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    private string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(At(name), bytes);
        return At(name);
    }
}
