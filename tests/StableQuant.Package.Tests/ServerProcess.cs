using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace StableQuant.Package.Tests;

/// <summary>A transcription server that runs as a program, and its client.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private readonly HttpClient client;

    private ServerProcess(Process process, Uri address)
    {
        Process = process;
        client = new HttpClient { BaseAddress = address };
    }

    public Process Process { get; }

    /// <summary>Waits until a server that was started listens.</summary>
    /// <param name="process">The server, whose output is redirected.</param>
    /// <param name="key">The key that requests have; null for none.</param>
    public static async Task<ServerProcess> ListeningAsync(Process process, string? key = null)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (Listening().Match(line) is { Success: true } match)
            {
                // Whoever writes to a pipe that nobody reads waits some day.
                _ = process.StandardOutput.ReadToEndAsync();
                _ = process.StandardError.ReadToEndAsync();
                var server = new ServerProcess(process, new Uri(match.Groups[1].Value));
                server.client.DefaultRequestHeaders.Authorization = key is null ? null : new("Bearer", key);
                return server;
            }
        }

        throw new InvalidOperationException("The server ended: " + await process.StandardError.ReadToEndAsync());
    }

    /// <summary>The status of a request that has another key, or none.</summary>
    public async Task<HttpStatusCode> StatusWithKeyAsync(string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/models", UriKind.Relative));
        request.Headers.Add("Authorization", $"Bearer {key}");
        using HttpResponseMessage response = await client.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>Opens a stream for live speech, and closes it.</summary>
    public async Task ListenAsync()
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", client.DefaultRequestHeaders.Authorization?.ToString());
        await socket.ConnectAsync(new UriBuilder(new Uri(client.BaseAddress!, "/v1/listen")) { Scheme = "ws" }.Uri, default);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        socket.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
    }

    /// <summary>The words that it hears in a file, with times in seconds.</summary>
    public async Task<(string?, double, double)[]> WordsAsync(string path)
    {
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(await File.ReadAllBytesAsync(path)), "file", "a.wav" },
            { new StringContent("verbose_json"), "response_format" },
            { new StringContent("word"), "timestamp_granularities[]" },
        };
        using HttpResponseMessage response = await client.PostAsync(new Uri("/v1/audio/transcriptions", UriKind.Relative), form);
        string text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        using JsonDocument answer = JsonDocument.Parse(text);
        return [.. answer.RootElement.GetProperty("words").EnumerateArray().Select(word => (word.GetProperty("word").GetString(), word.GetProperty("start").GetDouble(), word.GetProperty("end").GetDouble()))];
    }

    public void Dispose()
    {
        client.Dispose();
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
        }

        Process.Dispose();
    }

    [GeneratedRegex("Now listening on: (http://[^ ]+)")]
    private static partial Regex Listening();
}
