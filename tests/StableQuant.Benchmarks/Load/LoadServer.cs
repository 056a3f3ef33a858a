using System.Diagnostics;
using System.Net.Http.Headers;
using StableQuant.Benchmarks.Programs;
using StableQuant.Kernels;

namespace StableQuant.Benchmarks.Load;

/// <summary>A transcription server as a program of its own, on a port of its own, while it runs.</summary>
internal sealed class LoadServer : IDisposable
{
    /// <summary>Where all of them take recordings.</summary>
    public const string Transcriptions = "/v1/audio/transcriptions";

    private const string Listening = "Now listening on: ";

    private readonly Process process;
    private readonly HttpClient client;

    private LoadServer(Process process, Uri address)
    {
        this.process = process;
        client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
    }

    /// <summary>The most memory that it has had resident, in bytes; 0 where the system does not tell.</summary>
    public long PeakBytes => ChildProgram.PeakOf(process.Id);

    /// <summary>Starts it and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended.</exception>
    public static LoadServer Start(LoadProgram program)
    {
        var start = new ProcessStartInfo(program.Path, program.Arguments) { RedirectStandardOutput = true };
        start.Environment.Remove(InstructionSets.Variable);
        Process process = Process.Start(start)!;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and int at)
            {
                // Whoever writes to a pipe that nobody reads waits some day.
                _ = process.StandardOutput.ReadToEndAsync();
                return new LoadServer(process, new Uri(line[(at + Listening.Length)..].Trim()));
            }
        }

        throw new InvalidOperationException($"{program.Name}: {program.Path} ended before it listened.");
    }

    /// <summary>What it hears in a recording.</summary>
    public async Task<string> HearAsync(byte[] recording)
    {
        using var file = new ByteArrayContent(recording);
        file.Headers.ContentType = new MediaTypeHeaderValue("audio/wav");
        using var form = new MultipartFormDataContent { { file, "file", "a.wav" }, { new StringContent("text"), "response_format" } };
        using HttpResponseMessage response = await client.PostAsync(new Uri(Transcriptions, UriKind.Relative), form).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        client.Dispose();
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}

/// <summary>How a server is started.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Path">The executable.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record LoadProgram(string Name, string Path, params string[] Arguments);
