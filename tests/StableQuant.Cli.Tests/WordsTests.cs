using System.Diagnostics;
using System.Text.Json;

namespace StableQuant.Cli.Tests;

/// <summary>Words with times from the tool: transcribe, align and listen, with the model that the sample ships.</summary>
public sealed class WordsTests : IDisposable
{
    private const string Text = "WAKE ME UP AT EIGHT O'CLOCK ON WEDNESDAY";

    private static readonly string Model = Tool.Model("commands.sqmodel");
    private static readonly string Recording = Tool.Recording("0000.wav");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Transcribe_gives_words_in_every_form()
    {
        Tool.Outcome json = Tool.Run("transcribe", Model, Recording, "--json");
        JsonElement file = json.Json().GetProperty("files")[0];
        JsonElement[] words = [.. file.GetProperty("words").EnumerateArray()];
        string.Join(' ', words.Select(word => word.GetProperty("text").GetString())).ShouldBe(Text);
        words.ShouldAllBe(word => word.GetProperty("start").GetDouble() < word.GetProperty("end").GetDouble() && word.GetProperty("confidence").GetDouble() <= 1);

        Tool.Outcome times = Tool.Run("transcribe", Model, Recording, "--times");
        string[] lines = times.Output.TrimEnd('\n').Split('\n');
        lines[0].ShouldBe($"{Recording}\t{Text}");
        lines[1..].Select(line => line.Split('\t')[3]).ShouldBe(Text.Split(' '));

        Tool.Run("transcribe", Model, Recording, "--format", "srt").Output.ShouldStartWith("1\n00:00:0");
        Tool.Run("transcribe", Model, Recording, "--format", "vtt").Output.ShouldStartWith("WEBVTT\n\n");
        Tool.Run("transcribe", Model, Recording, "--format", "textgrid").Output.ShouldStartWith("File type = \"ooTextFile\"\n");
        Tool.Run("transcribe", Model, Recording, "--format", "ctm").Output.Split('\n').Length.ShouldBe(Text.Split(' ').Length + 1);
        Tool.Run("transcribe", Model, Recording, Recording, "--format", "ctm").ShouldFail(Tool.WrongUsage).ShouldContain("name one FILE");
        Tool.Run("transcribe", Model, Recording, "--format", "docx").ShouldFail(Tool.WrongUsage).ShouldContain("docx");
    }

    [Fact]
    public void A_model_is_compiled_once_and_what_is_kept_of_it_is_not_trusted()
    {
        Tool.Run("transcribe", Model, Recording).Output.ShouldBe($"{Recording}\t{Text}\n");
        string kept = Path.Combine(Tool.Cache, "stablequant", "compiled");
        string[] entries = Directory.GetFiles(kept, "*.sqcache");
        entries.ShouldNotBeEmpty();
        foreach (string entry in entries)
        {
            byte[] bytes = File.ReadAllBytes(entry);
            File.WriteAllBytes(entry, [.. bytes[..100], .. bytes[100..].Select(b => (byte)~b)]);
        }

        Tool.Run("transcribe", Model, Recording).Output.ShouldBe($"{Recording}\t{Text}\n");
    }

    [Fact]
    public void Transcribe_searches_as_told()
    {
        string grammar = Path.Combine(folder.FullName, "days.jsgf");
        File.WriteAllText(grammar, "public <wake> = wake me up at (seven | eight) o'clock on (wednesday | friday);\n");
        Tool.Run("transcribe", Model, Recording, "--grammar", grammar).Output.ShouldBe($"{Recording}\t{Text}\n");
        Tool.Run("transcribe", Model, Recording, "--beam", "8").Output.ShouldBe($"{Recording}\t{Text}\n");
        string[] alternatives = Tool.Run("transcribe", Model, Recording, "--nbest", "3").Output.TrimEnd('\n').Split('\n');
        alternatives[0].ShouldBe($"{Recording}\t{Text}");
        alternatives[1..].Select(line => line.Split('\t').Length).ShouldBe([3, 3]);

        File.WriteAllText(grammar, "public <wake> = wake (me;\n");
        Tool.Run("transcribe", Model, Recording, "--grammar", grammar).ShouldFail(Tool.Failed).ShouldContain($"{grammar}:1");
        Tool.Run("transcribe", Model, Recording, "--lm", "nowhere.arpa").ShouldFail(Tool.Failed).ShouldContain("nowhere.arpa");
        Tool.Run("transcribe", Model, Recording, "--beam", "0").ShouldFail(Tool.WrongUsage).ShouldContain("--beam takes 1 to 4096");
    }

    [Fact]
    public void Align_gives_words_and_characters_as_written()
    {
        const string Written = "Wake me up at eight o'clock, on Wednesday!";
        string text = Path.Combine(folder.FullName, "text.txt");
        File.WriteAllText(text, Written);
        JsonElement aligned = Tool.Run("align", Model, Recording, text, "--json").Json();
        JsonElement[] words = [.. aligned.GetProperty("words").EnumerateArray()];
        words.Select(word => word.GetProperty("text").GetString()).ShouldBe(Written.Split(' '));
        words.ShouldAllBe(word => word.GetProperty("start").GetDouble() < word.GetProperty("end").GetDouble() && word.GetProperty("score").GetDouble() > 0);
        JsonElement[] characters = [.. aligned.GetProperty("characters").EnumerateArray()];
        string.Concat(characters.Select(character => character.GetProperty("text").GetString())).ShouldBe("Wakemeupateighto'clockonWednesday");

        // The text itself in place of a file; what was not spoken may be skipped.
        Tool.Run("align", Model, Recording, Written, "--format", "srt").Output.ShouldContain("Wake me up at eight o'clock");
        string[] lines = Tool.Run("align", Model, Recording, "please " + Written, "--skip-text").Output.TrimEnd('\n').Split('\n');
        lines[0].Split('\t')[3].ShouldBe("please");
        lines[^1].Split('\t')[3].ShouldBe("Wednesday!");
        Tool.Run("align", Model, "nowhere.wav", Written).ShouldFail(Tool.Failed).ShouldContain("nowhere.wav");
        Tool.Run("align", Model, Recording, folder.FullName).ShouldFail(Tool.Failed).ShouldContain("is a folder");
    }

    [Fact]
    public void The_sample_makes_subtitles_of_a_recording_and_its_text()
    {
        string text = Path.Combine(folder.FullName, "talk.txt");
        File.WriteAllText(text, "Wake me up, at eight o'clock, on Wednesday.\n");
        Tool.Outcome subtitles = Tool.RunSubtitles(Recording, text);
        subtitles.Status.ShouldBe(Tool.Done, subtitles.Error);
        subtitles.Output.ShouldMatch(@"^1\n00:00:00,0\d\d --> 00:00:01,\d\d\d\nWake me up, at eight\no'clock, on Wednesday\.\n\n$");
    }

    [Fact]
    public void Listen_tells_each_utterance_of_a_pipe()
    {
        // Twice the recording, a second apart: 16-bit samples behind the WAV file's header of 44 bytes.
        byte[] samples = File.ReadAllBytes(Recording)[44..];
        byte[] pipe = [.. samples, .. new byte[32000], .. samples, .. new byte[16000], 1];
        (string output, int status) = Pipe(pipe, "stablequant.dll", "listen", Model);
        status.ShouldBe(Tool.Done);
        string[][] lines = [.. output.TrimEnd('\n').Split('\n').Select(line => line.Split('\t'))];
        lines.Select(line => line[2]).ShouldBe([Text, Text]);
        double second = (samples.Length / 2 + 16000) / 16000.0;
        double.Parse(lines[1][0], System.Globalization.CultureInfo.InvariantCulture).ShouldBe(second, 0.3);

        JsonDocument json = JsonDocument.Parse(Pipe(pipe, "stablequant.dll", "listen", Model, "--json").Output);
        json.RootElement.GetProperty("utterances").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public void Transcribe_takes_a_list_of_files_and_answers_while_it_is_written()
    {
        string list = Path.Combine(folder.FullName, "list.txt");
        File.WriteAllText(list, $"{Recording}\n\nnowhere.wav\r\n{Recording}\n");
        Tool.Outcome outcome = Tool.Run("transcribe", Model, "--list", list);
        outcome.Status.ShouldBe(Tool.Failed);
        outcome.Output.ShouldBe($"{Recording}\t{Text}\n{Recording}\t{Text}\n");
        outcome.Error.ShouldContain("nowhere.wav: there is no such file");
        Tool.Run("transcribe", Model).ShouldFail(Tool.WrongUsage).ShouldContain("name one FILE or more, or a --list of them");
        Tool.Run("transcribe", Model, "--list", "nowhere.txt").ShouldFail(Tool.Failed).ShouldContain("nowhere.txt: there is no such list");
        Tool.Run("transcribe", Model, "--list", list, "--format", "srt").ShouldFail(Tool.WrongUsage).ShouldContain("one file's words");

        // The second line is written when the answer to the first has come.
        using Process process = Start("stablequant.dll", "transcribe", Model, "--list", "-");
        for (int i = 0; i < 2; i++)
        {
            process.StandardInput.WriteLine(Recording);
            process.StandardInput.Flush();
            process.StandardOutput.ReadLine().ShouldBe($"{Recording}\t{Text}");
        }

        process.StandardInput.Close();
        process.WaitForExit(60_000).ShouldBeTrue();
        process.ExitCode.ShouldBe(Tool.Done);
    }

    [Fact]
    public void The_sample_does_so_too()
    {
        byte[] samples = File.ReadAllBytes(Recording)[44..];
        (string output, int status) = Pipe([.. samples, .. new byte[32000], .. samples], "VoiceCommands.dll", "-");
        status.ShouldBe(Tool.Done);
        output.TrimEnd('\n').Split('\n').Select(line => line.Split('\t')[2]).ShouldBe([Text, Text]);
        Pipe(File.ReadAllBytes(Recording), "VoiceCommands.dll", "-").Output.ShouldStartWith($"-\t{Text}\t");
        Pipe([], "VoiceCommands.dll", "-").Status.ShouldBe(Tool.Failed);
    }

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, program), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static (string Output, int Status) Pipe(byte[] samples, string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        using (Stream input = process.StandardInput.BaseStream)
        {
            input.Write(samples);
        }

        process.WaitForExit();
        return (output.Result, process.ExitCode);
    }
}
