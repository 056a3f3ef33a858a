using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using StableQuant.Audio.Wave;

namespace StableQuant.Audio;

/// <summary>Decodes compressed recordings with the program <c>ffmpeg</c>, which hands them back as a WAV stream.</summary>
internal static class FfmpegDecoder
{
    /// <summary>
    /// What it may open: files that hold sound. Playlists and scripts, which name other files and addresses, are not among them: a
    /// recording from a stranger reads nothing but itself.
    /// </summary>
    private const string Formats =
        "wav,w64,flac,mp3,ogg,aac,loas,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aiff,au,caf,amr,asf,avi,flv,mpeg,mpegts,gsm,nistsphere,wv,ape,tta,ac3,eac3,voc";

    private static readonly TimeSpan MaxLead = TimeSpan.FromSeconds(30);

    /// <summary>The program; null where it is not on the PATH.</summary>
    /// <remarks>Only the PATH is searched, not the current directory, which may hold anything.</remarks>
    public static string? Find()
    {
        string name = OperatingSystem.IsWindows() ? "ffmpeg.exe" : "ffmpeg";
        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(Path.PathSeparator)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(program => Path.IsPathFullyQualified(program) && File.Exists(program));
    }

    /// <summary>Decodes all channels of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="range">The part wanted.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    public static AudioClip Read(string path, string name, AudioRange range, CancellationToken cancellationToken)
    {
        using Process process = Start(path, name, range);
        using CancellationTokenRegistration kill = cancellationToken.Register(() => Kill(process));
        // Both pipes are emptied at the same time: a full one would stop ffmpeg for ever.
        Task<string> complaints = process.StandardError.ReadToEndAsync(CancellationToken.None);
        AudioClip? clip = null;
        AudioFormatException? unreadable = null;
        try
        {
            clip = new WaveReader(new ByteSource(process.StandardOutput.BaseStream, name), range with { Start = TimeSpan.Zero }).Read();
        }
        catch (AudioFormatException e)
        {
            unreadable = e;
            Kill(process);
        }

        string complaint = complaints.GetAwaiter().GetResult().Trim().ReplaceLineEndings("; ").Replace("file:" + Path.GetFullPath(path), name, StringComparison.Ordinal);
        process.WaitForExit();
        cancellationToken.ThrowIfCancellationRequested();
        if (clip is not null && process.ExitCode == 0)
        {
            // What its WAV stream's header lacks, as a stream's must, is no matter of the recording.
            return new AudioClip(clip.Channels, clip.SampleRate, complaint.Length > 0 ? [$"ffmpeg decoded it and says: {complaint}"] : []);
        }

        throw complaint.Length > 0 ? new AudioFormatException(name, -1, $"ffmpeg cannot decode it: {complaint}", unreadable)
            : unreadable ?? new AudioFormatException(name, -1, $"ffmpeg ended with status {process.ExitCode}; the recording is damaged");
    }

    private static Process Start(string path, string name, AudioRange range)
    {
        string program = Find() ?? throw new AudioFormatException(name, -1, AudioFormatMend.Decoder);
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        // It jumps to about the place and decodes from there to it, as a jump in some formats is some samples wide.
        TimeSpan lead = range.Start < MaxLead ? range.Start : MaxLead;
        // No shell, and "file:" with the full path: a name such as "-y" or "http:x.mp3" stays a file's name.
        string[] arguments =
        [
            "-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file", "-format_whitelist", Formats,
            .. range.Start > lead ? ["-ss", Seconds(range.Start - lead)] : Array.Empty<string>(),
            "-i", "file:" + Path.GetFullPath(path),
            .. lead > TimeSpan.Zero ? ["-ss", Seconds(lead)] : Array.Empty<string>(),
            .. range.Length < TimeSpan.MaxValue ? ["-t", Seconds(range.Length)] : Array.Empty<string>(),
            "-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "wav", "-",
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new AudioFormatException(name, -1, $"{program} cannot be started: {e.Message}", e);
        }
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.######", CultureInfo.InvariantCulture);

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended by itself in the meantime.
        }
    }
}
