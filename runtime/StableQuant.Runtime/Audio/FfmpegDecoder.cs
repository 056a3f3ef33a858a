using System.ComponentModel;
using System.Diagnostics;

namespace StableQuant.Audio;

/// <summary>Decodes compressed recordings with the program <c>ffmpeg</c>, which hands them back as a WAV stream.</summary>
internal static class FfmpegDecoder
{
    public static AudioClip Read(string path, CancellationToken cancellationToken)
    {
        // Opened once, so that a missing or forbidden file is told apart from a missing program.
        File.OpenHandle(path).Dispose();
        string program = FindOnPath() ?? throw new AudioFormatException(
            path, -1, "only WAV is read without help, and no ffmpeg is on the PATH; install ffmpeg, or convert the recording to WAV");
        using Process process = Start(program, path);
        using CancellationTokenRegistration kill = cancellationToken.Register(() => Kill(process));
        // Both pipes are emptied at the same time: a full one would stop ffmpeg for ever.
        Task<string> complaints = process.StandardError.ReadToEndAsync(CancellationToken.None);
        AudioClip? clip = null;
        AudioFormatException? unreadable = null;
        try
        {
            clip = WavFile.Read(process.StandardOutput.BaseStream, path);
        }
        catch (AudioFormatException e)
        {
            unreadable = e;
            Kill(process);
        }

        string complaint = complaints.GetAwaiter().GetResult().Trim();
        process.WaitForExit();
        cancellationToken.ThrowIfCancellationRequested();
        if (clip is not null && process.ExitCode == 0)
        {
            return clip;
        }

        if (complaint.Length > 0)
        {
            throw new AudioFormatException(path, -1, $"ffmpeg cannot decode it: {complaint.ReplaceLineEndings("; ")}", unreadable);
        }

        throw unreadable ?? new AudioFormatException(path, -1, $"ffmpeg ended with status {process.ExitCode}; the recording is damaged");
    }

    private static Process Start(string program, string path)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        // No shell, and "file:" with the full path: a name such as "-y" or "http:x.mp3" stays a file's name.
        string[] arguments =
        [
            "-nostdin", "-hide_banner", "-loglevel", "error",
            "-i", "file:" + Path.GetFullPath(path),
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
            throw new AudioFormatException(path, -1, $"{program} cannot be started: {e.Message}", e);
        }
    }

    /// <summary>Only the PATH is searched, not the current directory, which may hold anything.</summary>
    private static string? FindOnPath()
    {
        string name = OperatingSystem.IsWindows() ? "ffmpeg.exe" : "ffmpeg";
        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        foreach (string directory in path.Split(Path.PathSeparator))
        {
            string program = Path.Combine(directory, name);
            if (Path.IsPathFullyQualified(program) && File.Exists(program))
            {
                return program;
            }
        }

        return null;
    }

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
