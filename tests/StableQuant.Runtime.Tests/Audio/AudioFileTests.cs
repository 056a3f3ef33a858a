using static StableQuant.Audio.Tests.WaveBytes;

namespace StableQuant.Audio.Tests;

/// <summary>Loading by content. A script stands in for <c>ffmpeg</c>, so that the tests need none.</summary>
public sealed class AudioFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("audio ").FullName;
    private readonly string? searchPath = Environment.GetEnvironmentVariable("PATH");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", searchPath);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Not WAV, but what a test's ffmpeg makes WAV of by cutting off four bytes.</summary>
    private static byte[] Foreign => [.. "fLaC"u8, .. File(Pcm, 16, [1, 0, 2, 0])];

    private string Save(string name, byte[] content)
    {
        string path = Path.Combine(folder, name);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    private void InstallFfmpeg(string script)
    {
        string path = Save("ffmpeg", System.Text.Encoding.ASCII.GetBytes("#!/bin/sh\n" + script));
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        Environment.SetEnvironmentVariable("PATH", $"{folder}{Path.PathSeparator}{searchPath}");
    }

    [Theory]
    [InlineData("a.wav", true)]
    [InlineData("a.WAV", true)]
    [InlineData("b/c.flac", true)]
    [InlineData("c.mp3", true)]
    [InlineData("d.ogg", true)]
    [InlineData("e.Opus", true)]
    [InlineData("f.m4a", true)]
    [InlineData("f.webm", true)]
    [InlineData("g.txt", false)]
    [InlineData("wav", false)]
    [InlineData("", false)]
    public void Recordings_are_known_by_their_extension(string path, bool expected) => AudioFile.IsSupported(path).ShouldBe(expected);

    [Fact]
    public void A_recording_at_another_rate_is_resampled()
    {
        byte[] data = [.. Enumerable.Range(0, 8000).SelectMany(i => U16((short)(8000 * Math.Sin(i * 0.1))))];
        string path = Save("a.wav", File(Pcm, 16, data, rate: 8000));
        AudioFile.Load16k(path).ShouldBe(Resampler.Resample(WavFile.Read(path).Samples, 8000, 16000));
        AudioFile.Load16k(path).Length.ShouldBe(16000);
    }

    [Fact]
    public void Without_ffmpeg_the_message_names_the_file_and_the_mend()
    {
        string path = Save("a.flac", [.. "fLaC"u8]);
        Environment.SetEnvironmentVariable("PATH", folder);
        var error = Should.Throw<AudioFormatException>(() => AudioFile.Load16k(path));
        error.Message.ShouldStartWith(path);
        error.Message.ShouldContain("install ffmpeg, or convert the recording to WAV");
        Should.Throw<FileNotFoundException>(() => AudioFile.Load16k(path + ".mp3"));
    }

    [Fact]
    public void Other_formats_go_through_ffmpeg_whatever_their_name()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // Much noise on standard error, more than a pipe holds, must not stop it; the tenth argument is the input.
        InstallFfmpeg("""
            i=0; while [ $i -lt 3000 ]; do echo "a line of noise that fills the pipe, number $i" >&2; i=$((i+1)); done
            tail -c +5 "${10#file:}"
            """);
        string path = Save("-y $(touch x) 'a\".mp3", Foreign);
        AudioFile.Load16k(path).ShouldBe([1 / 32768f, 2 / 32768f]);
        AudioFile.Read16k(path).Notes.ShouldHaveSingleItem().ShouldStartWith("ffmpeg decoded it and says: a line of noise");
    }

    [Fact]
    public void What_a_file_is_its_content_says_not_its_name()
    {
        string wav = Save("a.mp3", File(Pcm, 16, [1, 0, 2, 0]));
        Environment.SetEnvironmentVariable("PATH", folder);
        AudioFile.Load16k(wav).ShouldBe([1 / 32768f, 2 / 32768f]);
        Should.Throw<AudioFormatException>(() => AudioFile.Load16k(Save("b.wav", Foreign))).Message.ShouldContain("FLAC, not WAV; only WAV is read without help: install ffmpeg");
        if (!OperatingSystem.IsWindows())
        {
            Environment.SetEnvironmentVariable("PATH", searchPath);
            InstallFfmpeg("tail -c +5 \"${10#file:}\"");
            AudioFile.Load16k(Save("b.wav", Foreign)).ShouldBe([1 / 32768f, 2 / 32768f]);
        }
    }

    [Fact]
    public void A_compressed_sound_in_WAV_goes_through_ffmpeg()
    {
        byte[] adpcm = Riff(Chunk("fmt ", Format(0x11, 4)), Chunk("data", new byte[36]));
        Environment.SetEnvironmentVariable("PATH", folder);
        Should.Throw<AudioFormatException>(() => AudioFile.Load16k(Save("a.wav", adpcm))).Message.ShouldContain("byte 20: the encoding is IMA ADPCM; only WAV is read without help: install ffmpeg");
        if (!OperatingSystem.IsWindows())
        {
            Environment.SetEnvironmentVariable("PATH", searchPath);
            InstallFfmpeg($"cat '{Save("sound", File(Pcm, 16, [1, 0, 2, 0]))}'");
            AudioFile.Load16k(Save("a.wav", adpcm)).ShouldBe([1 / 32768f, 2 / 32768f]);
        }
    }

    [Fact]
    public void Streams_and_bytes_are_loaded_as_files_are_and_nothing_stays_behind()
    {
        byte[] wav = File(Pcm, 16, [1, 0, 2, 0, 3, 0, 4, 0], channels: 2);
        float[] mix = [1.5f / 32768, 3.5f / 32768];
        AudioFile.Load16k(new MemoryStream(wav)).ShouldBe(mix);
        AudioFile.Load16k(new Pipe(wav)).ShouldBe(mix);
        AudioFile.Load16k(wav).ShouldBe(mix);
        AudioFile.Load16k(wav, ChannelChoice.Number(2)).ShouldBe([2f / 32768, 4f / 32768]);
        AudioFile.Read16k(wav, "bytes", ChannelChoice.Each).Channels.ShouldBe([[1f / 32768, 3f / 32768], [2f / 32768, 4f / 32768]]);
        Should.Throw<ArgumentException>(() => AudioFile.Load16k(wav, ChannelChoice.Each)).Message.ShouldContain("Read16k");
        Should.Throw<AudioFormatException>(() => AudioFile.Read16k(new MemoryStream(), "my stream")).Message.ShouldStartWith("my stream: ");
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        InstallFfmpeg($"echo \"${{10#file:}}\" >> '{folder}/inputs'; tail -c +5 \"${{10#file:}}\"");
        foreach (Stream stream in new Stream[] { new MemoryStream(Foreign), new Pipe(Foreign), new MemoryStream([9, 9, .. Foreign]) { Position = 2 } })
        {
            AudioFile.Load16k(stream).ShouldBe([1 / 32768f, 2 / 32768f]);
        }

        AudioFile.Load16k(Foreign).ShouldBe([1 / 32768f, 2 / 32768f]);
        string[] inputs = System.IO.File.ReadAllLines(Path.Combine(folder, "inputs"));
        inputs.Length.ShouldBe(4);
        inputs.ShouldAllBe(input => !System.IO.File.Exists(input));
    }

    [Fact]
    public void A_part_is_loaded_without_the_rest()
    {
        byte[] data = [.. Enumerable.Range(0, 16000).SelectMany(U16)];
        string path = Save("a.wav", File(Pcm, 16, data));
        float[] whole = AudioFile.Load16k(path);
        float[] Part(double start, double length) => AudioFile.Load16k(path, TimeSpan.FromSeconds(start), TimeSpan.FromSeconds(length));
        Part(0.25, 0.5).ShouldBe(whole[4000..12000]);
        Part(0, 99).ShouldBe(whole);
        Part(0.9, 99).ShouldBe(whole[14400..]);
        Part(1, 1).ShouldBeEmpty();
        Part(1e9, 1).ShouldBeEmpty();
        using FileStream stream = System.IO.File.OpenRead(path);
        AudioFile.Read16k(stream, "a", TimeSpan.FromSeconds(0.25), TimeSpan.FromSeconds(0.5)).Samples.ShouldBe(whole[4000..12000]);
        Should.Throw<ArgumentOutOfRangeException>(() => Part(-1, 1));
        Should.Throw<ArgumentOutOfRangeException>(() => Part(1, -1));
        string empty = Save("b.wav", File(Pcm, 16, []));
        Should.Throw<AudioFormatException>(() => AudioFile.Load16k(empty, TimeSpan.Zero, TimeSpan.FromSeconds(1))).Message.ShouldContain("holds no audio");
    }

    [Theory]
    [InlineData("fLaC", "FLAC")]
    [InlineData("OggS\0\u0002\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\u0001\u0013OpusHead", "Ogg Opus")]
    [InlineData("OggS\0\u0002\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\u0001\u001e\u0001vorbis", "Ogg Vorbis")]
    [InlineData("OggS\0\u0002 something", "Ogg")]
    [InlineData("\u001aE\u00df\u00a3\u0001\0\0\0\0\0\0\u001fB\u0086\u0081\u0001B\u0082\u0084webm", "WebM")]
    [InlineData("\u001aE\u00df\u00a3\u0001\0\0\0\0\0\0\u001fB\u0086\u0081\u0001B\u0082\u0088matroska", "Matroska")]
    [InlineData("ID3\u0004\0\0\0\0\0\0\u00ff\u00fb", "MP3")]
    [InlineData("\u00ff\u00fb\u0090d", "MP3")]
    [InlineData("\u00ff\u00f1P\u0080", "AAC (ADTS)")]
    [InlineData("\0\0\0 ftypM4A \0\0\0\0", "MP4 (AAC and others)")]
    [InlineData("\0\0\0 ftyp3gp4\0\0\0\0", "3GP")]
    [InlineData("FORM\0\0\0\0AIFF", "AIFF")]
    [InlineData("FORM\0\0\0\0AIFC", "AIFF")]
    [InlineData(".snd\0\0\0\u0018", "Sun AU")]
    [InlineData("caff\0\u0001", "Apple CAF")]
    [InlineData("#!AMR\n", "AMR")]
    [InlineData("NIST_1A\n   1024\n", "NIST SPHERE")]
    [InlineData("RIFX\0\0\0\0WAVE", "big-endian WAV (RIFX)")]
    [InlineData("0&\u00b2u\u008ef\u00cf\u0011", "Windows Media (ASF)")]
    public void Without_ffmpeg_the_true_form_is_named(string head, string name)
    {
        Environment.SetEnvironmentVariable("PATH", folder);
        string path = Save("a.wav", [.. System.Text.Encoding.Latin1.GetBytes(head), .. new byte[100]]);
        Should.Throw<AudioFormatException>(() => AudioFile.Load16k(path)).Message.ShouldContain($": {name}, not WAV; only WAV is read without help: install ffmpeg, or convert");
    }

    [Fact]
    public void Ffmpeg_may_open_sound_alone_no_playlist_and_no_address()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        InstallFfmpeg($"for a in \"$@\"; do echo \"$a\" >> '{folder}/arguments'; done; exit 1");
        Should.Throw<AudioFormatException>(() => AudioFile.Load16k(Save("a.wav", [.. "#EXTM3U\n"u8])));
        string[] arguments = System.IO.File.ReadAllLines(Path.Combine(folder, "arguments"));
        arguments[Array.IndexOf(arguments, "-protocol_whitelist") + 1].ShouldBe("file");
        string[] formats = arguments[Array.IndexOf(arguments, "-format_whitelist") + 1].Split(',');
        formats.ShouldContain("ogg");
        formats.ShouldNotContain("hls");
        formats.ShouldNotContain("concat");
        Array.IndexOf(arguments, "-format_whitelist").ShouldBeLessThan(Array.IndexOf(arguments, "-i"));
    }

    [Fact]
    public void What_ffmpeg_says_is_passed_on()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        InstallFfmpeg("echo 'Invalid data found' >&2; exit 1");
        Should.Throw<AudioFormatException>(() => AudioFile.Load16k(Save("a.ogg", [1])))
            .Message.ShouldContain("ffmpeg cannot decode it: Invalid data found");
        System.IO.File.Delete(Path.Combine(folder, "ffmpeg"));
        InstallFfmpeg("exit 3");
        Should.Throw<AudioFormatException>(() => AudioFile.Load16k(Save("b.ogg", [1]))).Message.ShouldContain("b.ogg");
    }

    [Fact]
    public void Cancelling_ends_ffmpeg()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        InstallFfmpeg("sleep 60");
        string path = Save("a.opus", [1]);
        using var cancel = new CancellationTokenSource(200);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Should.Throw<OperationCanceledException>(() => AudioFile.Load16k(path, cancel.Token));
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }
}
