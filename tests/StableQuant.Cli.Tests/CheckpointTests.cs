using System.Runtime.InteropServices;
using System.Text.Json;

namespace StableQuant.Cli.Tests;

/// <summary>A checkpoint's folder in place of a model, command by command, and logits for other programs.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public void Dispose() => folder.Delete(recursive: true);

    private static string Checkpoint(string name) => Tool.Model($"checkpoints/{name}");

    [Theory]
    [InlineData("hubert-group")]
    [InlineData("hubert-stable")]
    [InlineData("w2v2-odd")]
    [InlineData("data2vec")]
    [InlineData("unispeech")]
    public void Logits_of_raw_input_are_those_of_PyTorch(string name)
    {
        string output = Path.Combine(folder.FullName, "logits.npy");
        Tool.Outcome outcome = Tool.Run("logits", Checkpoint(name), RawInput(), "-o", output);
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        outcome.Output.ShouldBe($"{output}: 49 frames of 32 logits\n");
        outcome.Error.ShouldBeEmpty();
        float[] expected = Floats(File.ReadAllBytes(Tool.Model($"checkpoints/{name}/reference.output.f32")));
        Read(output).Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-4f * expected.Max(Math.Abs));
    }

    [Fact]
    public void Logits_of_an_audio_file_are_those_of_its_normalised_samples()
    {
        string heard = Path.Combine(folder.FullName, "heard.npy"), raw = Path.Combine(folder.FullName, "raw.npy"), input = Path.Combine(folder.FullName, "in.npy");
        JsonElement json = Tool.Run("logits", Tool.Data("tiny-hubert.onnx"), Tool.Data("0055.wav"), "-o", heard, "--json").Json();
        byte[] wav = File.ReadAllBytes(Tool.Data("0055.wav"));
        double[] samples = [.. MemoryMarshal.Cast<byte, short>(wav.AsSpan(44)).ToArray().Select(s => s / 32768.0)];
        double mean = samples.Average(), deviation = Math.Sqrt(samples.Average(x => (x - mean) * (x - mean)) + 1e-7);
        WriteRow(input, [.. samples.Select(x => (float)((x - mean) / deviation))]);
        Tool.Run("logits", Tool.Data("tiny-hubert.onnx"), input, "-o", raw).Status.ShouldBe(Tool.Done);
        json.GetProperty("samples").GetInt32().ShouldBe(samples.Length);
        Read(heard).Length.ShouldBe(json.GetProperty("frames").GetInt32() * json.GetProperty("tokens").GetInt32());
        float[] expected = Read(raw);
        Read(heard).Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f * expected.Max(Math.Abs));
    }

    [Fact]
    public void A_compiled_model_takes_raw_input_without_normalising_it_again()
    {
        string model = Tool.Model("commands.sqmodel"), heard = Path.Combine(folder.FullName, "heard.npy"), raw = Path.Combine(folder.FullName, "raw.npy"), input = Path.Combine(folder.FullName, "in.npy");
        Tool.Run("logits", model, Tool.Data("0055.wav"), "-o", heard).Status.ShouldBe(Tool.Done);
        byte[] wav = File.ReadAllBytes(Tool.Data("0055.wav"));
        double[] samples = [.. MemoryMarshal.Cast<byte, short>(wav.AsSpan(44)).ToArray().Select(s => s / 32768.0)];
        double mean = samples.Average(), deviation = Math.Sqrt(samples.Average(x => (x - mean) * (x - mean)) + 1e-7);

        // Normalised by hand it is what the front end makes, to 16 bits. At 1/300 of that level normalising would make the same again, as its epsilon of
        // 1e-7 is far below the variance of 1e-5; the first layer's norm, whose epsilon is 1e-5, hears something else.
        WriteRow(input, [.. samples.Select(x => (float)((x - mean) / deviation))]);
        Tool.Run("logits", model, input, "-o", raw).Status.ShouldBe(Tool.Done);
        float[] expected = Read(heard);
        double Distance() => Read(raw).Zip(expected, (a, b) => Math.Abs(a - b)).Average() / expected.Average(Math.Abs);
        Distance().ShouldBeLessThan(0.05);
        WriteRow(input, [.. samples.Select(x => (float)((x - mean) / deviation / 300))]);
        Tool.Run("logits", model, input, "-o", raw).Status.ShouldBe(Tool.Done);
        Distance().ShouldBeGreaterThan(0.1);
    }

    [Fact]
    public void What_is_no_input_is_an_error_that_leaves_nothing_behind()
    {
        string output = Path.Combine(folder.FullName, "out.npy"), input = Path.Combine(folder.FullName, "in.npy");
        WriteRow(input, new float[399]);
        Tool.Run("logits", Checkpoint("data2vec"), input, "-o", output).ShouldFail(Tool.Failed).ShouldContain($"{input}: data2vec takes 400 to 399 samples, not 399");
        WriteRow(input, [.. Enumerable.Repeat(float.NaN, 500)]);
        Tool.Run("logits", Checkpoint("data2vec"), input, "-o", output).ShouldFail(Tool.Failed).ShouldContain("not finite");
        File.WriteAllText(input, "no array");
        Tool.Run("logits", Checkpoint("data2vec"), input, "-o", output).ShouldFail(Tool.Failed).ShouldContain($"{input}: is no .npy file");
        Tool.Run("logits", Checkpoint("data2vec"), input, "-o", "out.txt").ShouldFail(Tool.WrongUsage).ShouldContain("ends in .npy");
        Directory.GetFiles(folder.FullName).ShouldBe([input]);
    }

    [Fact]
    public void Inspect_lists_a_checkpoint_and_checks_it()
    {
        JsonElement json = Tool.Run("inspect", Checkpoint("hubert-stable"), "--check", "--json").Json();
        json.GetProperty("passed").GetBoolean().ShouldBeTrue();
        json.GetProperty("layers").GetArrayLength().ShouldBe(52);
        json.GetProperty("parameters").GetInt64().ShouldBe(40832);
    }

    // compare, which takes long, is given the folder by CalibrateTests.
    [Fact]
    [Trait("Ring", "Full")]
    public void Every_command_that_takes_a_model_takes_a_folder()
    {
        string checkpoint = Checkpoint("hubert-group"), data = Tool.Data("speech.tsv"), wav = Tool.Data("0055.wav");
        string compiled = Path.Combine(folder.FullName, "tiny.sqmodel"), output = Path.Combine(folder.FullName, "out.npy");
        string[][] commands =
        [
            ["calibrate", checkpoint, "--data", data, "-o", compiled, "--method", "max"],
            ["evaluate", checkpoint, "--data", data],
            ["transcribe", checkpoint, wav],
            ["align", checkpoint, wav, "A"],
            ["inspect", checkpoint],
            ["logits", checkpoint, wav, "-o", output],
            ["evaluate", compiled, "--data", data, "--reference", checkpoint],
            ["transcribe", compiled, wav],
        ];
        foreach (string[] command in commands)
        {
            Tool.Outcome outcome = Tool.Run(command);
            outcome.Status.ShouldBe(Tool.Done, $"{string.Join(' ', command)}: {outcome.Error}");
        }

        // The quantized model is near the float one on the very input that PyTorch had.
        string[] logits = [.. new[] { checkpoint, compiled }.Select((model, i) =>
        {
            string path = Path.Combine(folder.FullName, $"{i}.npy");
            Tool.Run("logits", model, RawInput(), "-o", path).Status.ShouldBe(Tool.Done);
            return path;
        })];
        float[] expected = Floats(File.ReadAllBytes(Tool.Model("checkpoints/hubert-group/reference.output.f32")));
        Read(logits[0]).Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-4f * expected.Max(Math.Abs));
        Read(logits[1]).Zip(expected, (a, b) => Math.Abs(a - b)).Average().ShouldBeLessThan(0.1f * expected.Average(Math.Abs));
    }

    private string RawInput()
    {
        string path = Path.Combine(folder.FullName, "reference.npy");
        WriteRow(path, Floats(File.ReadAllBytes(Tool.Model("checkpoints/reference.input.f32"))));
        return path;
    }

    private static void WriteRow(string path, float[] values)
    {
        string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': (1, {values.Length}), }}\n";
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. System.Text.Encoding.ASCII.GetBytes(header), .. MemoryMarshal.AsBytes(values.AsSpan())]);
    }

    private static float[] Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        return Floats(bytes.AsSpan(10 + BitConverter.ToUInt16(bytes, 8)));
    }

    private static float[] Floats(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
