using static StableQuant.Audio.Tests.WaveBytes;

namespace StableQuant.Audio.Tests;

/// <summary>Loading by extension. A script stands in for <c>ffmpeg</c>, so that the tests need none.</summary>
public sealed class AudioFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("audio ").FullName;
    private readonly string? searchPath = Environment.GetEnvironmentVariable("PATH");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", searchPath);
        Directory.Delete(folder, recursive: true);
    }

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

        // Much noise on standard error, more than a pipe holds, must not stop it; the sixth argument is the input.
        InstallFfmpeg("""
            i=0; while [ $i -lt 3000 ]; do echo "a line of noise that fills the pipe, number $i" >&2; i=$((i+1)); done
            cat "${6#file:}"
            """);
        string path = Save("-y $(touch x) 'a\".mp3", File(Pcm, 16, [1, 0, 2, 0]));
        AudioFile.Load16k(path).ShouldBe([1 / 32768f, 2 / 32768f]);
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
