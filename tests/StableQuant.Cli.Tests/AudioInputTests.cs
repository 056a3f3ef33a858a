using System.Text;
using System.Text.Json;
using StableQuant.Audio;

namespace StableQuant.Cli.Tests;

[Trait("Ring", "Full")]
public sealed class AudioInputTests : IDisposable
{
    private static readonly string Model = Tool.Model("commands-wav2vec2.onnx");
    private static readonly string First = Tool.Data("0055.wav");
    private static readonly string Second = Tool.Data("0128.wav");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public void Dispose() => folder.Delete(recursive: true);

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(folder.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>32-bit float WAV at 16 kHz; channels end together.</summary>
    private static byte[] Wav(params float[][] channels)
    {
        int frames = channels.Min(channel => channel.Length);
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.ASCII);
        writer.Write("RIFF"u8);
        writer.Write(36 + (4 * frames * channels.Length));
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)3);
        writer.Write((short)channels.Length);
        writer.Write(16000);
        writer.Write(64000 * channels.Length);
        writer.Write((short)(4 * channels.Length));
        writer.Write((short)32);
        writer.Write("data"u8);
        writer.Write(4 * frames * channels.Length);
        for (int i = 0; i < frames; i++)
        {
            foreach (float[] channel in channels)
            {
                writer.Write(channel[i]);
            }
        }

        return stream.ToArray();
    }

    private static string Text(params string[] args) => Texts(args).Single();

    private static string[] Texts(params string[] args)
    {
        Tool.Outcome outcome = Tool.Run(["transcribe", Model, .. args]);
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        return [.. outcome.Output.TrimEnd('\n').Split('\n').Select(line => line[(line.IndexOf('\t') + 1)..])];
    }

    [Fact]
    public void Each_channel_is_a_line_and_one_is_had_by_its_number()
    {
        float[] one = AudioFile.Load16k(First), two = AudioFile.Load16k(Second);
        int length = Math.Min(one.Length, two.Length);
        string[] alone = [Text(Write("one.wav", Wav(one[..length]))), Text(Write("two.wav", Wav(two[..length])))];
        alone[0].ShouldNotBe(alone[1]);
        string both = Write("both.wav", Wav(one, two));
        Texts(both, "--channel", "each").ShouldBe([$"1\t{alone[0]}", $"2\t{alone[1]}"]);
        Text(both, "--channel", "2").ShouldBe(alone[1]);
        Tool.Outcome outcome = Tool.Run("transcribe", Model, both, "--channel", "each", "--json");
        outcome.Json().GetProperty("files").EnumerateArray().Select(file => (file.GetProperty("channel").GetInt32(), file.GetProperty("text").GetString())).ShouldBe([(1, alone[0]), (2, alone[1])]);
        Tool.Run("transcribe", Model, both, "--json").Json().GetProperty("files")[0].GetProperty("channel").ValueKind.ShouldBe(JsonValueKind.Null);
        Tool.Run("transcribe", Model, both, "--channel", "3").ShouldFail(Tool.Failed).ShouldContain("both.wav: has 2 channels, no channel 3");
    }

    [Theory]
    [InlineData("transcribe", "0", "--channel takes a number from 1, mix or each, not '0'.")]
    [InlineData("transcribe", "left", "--channel takes a number from 1, mix or each, not 'left'.")]
    [InlineData("align", "each", "align takes one channel: --channel N or mix.")]
    public void A_channel_that_makes_no_sense_is_wrong_usage(string command, string channel, string says) =>
        Tool.Run([command, Model, First, .. command == "align" ? ["WORDS"] : Array.Empty<string>(), "--channel", channel]).ShouldFail(Tool.WrongUsage).ShouldContain(says);

    [Fact]
    public void What_is_odd_about_a_recording_is_said_on_standard_error()
    {
        byte[] wav = File.ReadAllBytes(First);
        BitConverter.GetBytes(wav.Length + 1000).CopyTo(wav, wav.AsSpan().IndexOf("data"u8) + 4);
        float[] sound = AudioFile.Load16k(First);
        string longer = Write("longer.wav", wav), opposed = Write("opposed.wav", Wav(sound, [.. sound.Select(s => -s)]));
        Tool.Outcome outcome = Tool.Run("transcribe", Model, First, longer, opposed);
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        outcome.Output.Split('\n')[..3].Select(line => line.Split('\t')[1]).Distinct().Count().ShouldBe(1, outcome.Output);
        outcome.Error.ShouldContain($"{longer}: byte 40: the 'data' chunk declares");
        outcome.Error.ShouldContain($"{opposed}: the 2 channels cancel each other");
        outcome.Errors.ShouldBeEmpty();
    }

    [Fact]
    public void Standard_input_is_a_recording_of_any_form()
    {
        byte[] wav = File.ReadAllBytes(First);
        Tool.Outcome outcome = Tool.RunWithInput(wav, "transcribe", Model, "-");
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        outcome.Output.ShouldBe($"-\t{Text(First)}\n");
        Tool.RunWithInput(wav, "align", Model, "-", "A").Output.ShouldBe(Tool.Run("align", Model, First, "A").Output);
        Tool.RunWithInput([], "transcribe", Model, "-").ShouldFail(Tool.Failed).ShouldContain("standard input: byte 0: the file is empty");
        Tool.RunWithInput(Encoding.ASCII.GetBytes("<!DOCTYPE html>"), "transcribe", Model, "-").ShouldFail(Tool.Failed).ShouldContain("standard input: byte 0: an HTML page");
    }

    [Fact]
    public void Bad_recordings_of_data_are_listed_together_or_left_out_and_sets_are_joined()
    {
        File.Copy(First, Path.Combine(folder.FullName, "a.wav"));
        File.Copy(Second, Path.Combine(folder.FullName, "b.wav"));
        Write("empty.wav", []);
        string data = Write("dev.tsv", Encoding.UTF8.GetBytes("path\tsentence\na.wav\tYES\nempty.wav\tNO\nnowhere.wav\tNO\n"));
        string more = Write("more.jsonl", Encoding.UTF8.GetBytes("{\"file_name\": \"b.wav\", \"text\": \"NO\"}\n"));
        Tool.Outcome refused = Tool.Run("evaluate", Model, "--data", data);
        refused.Status.ShouldBe(Tool.Failed);
        refused.Errors.ShouldBe(["stablequant: dev: 2 of 3 recordings cannot be used; mend them, or leave them out with --skip-bad."]);
        refused.Error.ShouldContain("empty.wav: byte 0: the file is empty");
        refused.Error.ShouldContain("dev.tsv(4): there is no audio file nowhere.wav.");
        Tool.Outcome outcome = Tool.Run("evaluate", Model, "--data", data, "--data", more, "--skip-bad", "--json");
        outcome.Status.ShouldBe(Tool.Done, outcome.Error);
        outcome.Json().GetProperty("skipped").GetInt32().ShouldBe(2);
        outcome.Json().GetProperty("utterances").GetInt32().ShouldBe(2);
        outcome.Json().GetProperty("data").GetString().ShouldBe("dev + more, 2 bad left out");
        outcome.Error.ShouldContain("a table with a header, audio in 'path', transcript in 'sentence', 2 utterances.");
        Tool.Run("evaluate", Model, "--data", data, "--utterances", "0").ShouldFail(Tool.WrongUsage).ShouldContain("--utterances takes 1 or more.");
    }
}
