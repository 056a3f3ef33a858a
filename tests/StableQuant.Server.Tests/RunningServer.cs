using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace StableQuant.Server.Tests;

/// <summary>The server in this process, on a port of its own.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private RunningServer(WebApplication app)
    {
        App = app;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(2) };
    }

    public WebApplication App { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    /// <summary>Starts a server.</summary>
    /// <param name="settings">Settings of the section <c>Transcription</c>, as NAME=VALUE.</param>
    public static async Task<RunningServer> StartAsync(params string[] settings)
    {
        WebApplication app = TranscriptionServer.Server.Build(
            ["--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning", .. settings.Select(setting => $"--Transcription:{setting}")]);
        await TranscriptionServer.Server.StartAsync(app);
        return new RunningServer(app);
    }

    /// <summary>Posts a recording.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fields">Fields of the form, besides.</param>
    public Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields) =>
        PostAsync(File.ReadAllBytes(path), Path.GetFileName(path), fields);

    public async Task<HttpResponseMessage> PostAsync(byte[] file, string name, params (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(file), "file", name } };
        foreach ((string field, string value) in fields)
        {
            form.Add(new StringContent(value), field);
        }

        return await Client.PostAsync(new Uri("/v1/audio/transcriptions", UriKind.Relative), form);
    }

    /// <summary>A connection to the server, to write whatever to.</summary>
    public async Task<NetworkStream> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(Address.Host, Address.Port);
        return new NetworkStream(socket, ownsSocket: true) { ReadTimeout = 60_000 };
    }

    /// <summary>A number of <c>/metrics</c>; null where there is no such row.</summary>
    public async Task<double?> MetricAsync(string row)
    {
        string text = await Client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        string? line = text.Split('\n').SingleOrDefault(line => line.StartsWith(row + " ", StringComparison.Ordinal));
        return line is null ? null : double.Parse(line[(row.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until a number of <c>/metrics</c> is as it should be; a minute at most.</summary>
    public async Task UntilAsync(string row, Func<double?, bool> condition)
    {
        for (int i = 0; i < 1200; i++)
        {
            if (condition(await MetricAsync(row)))
            {
                return;
            }

            await Task.Delay(50);
        }

        (await MetricAsync(row)).ShouldSatisfyAllConditions(value => condition(value).ShouldBeTrue($"{row} stayed {value}"));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
    }
}

/// <summary>What answers hold.</summary>
internal static class Answers
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response)
    {
        using JsonDocument document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    /// <summary>The error of an answer, whose form is checked.</summary>
    public static async Task<(int Status, string Message, string? Param, string? Code)> ErrorAsync(this HttpResponseMessage response)
    {
        JsonElement body = await response.JsonAsync();
        body.EnumerateObject().Select(property => property.Name).ShouldBe(["error"]);
        JsonElement error = body.GetProperty("error");
        error.EnumerateObject().Select(property => property.Name).ShouldBe(["message", "type", "param", "code"]);
        error.GetProperty("type").GetString().ShouldNotBeNullOrEmpty();
        string message = error.GetProperty("message").GetString()!;
        message.ShouldNotBeNullOrEmpty();
        return ((int)response.StatusCode, message, error.GetProperty("param").GetString(), error.GetProperty("code").GetString());
    }
}
