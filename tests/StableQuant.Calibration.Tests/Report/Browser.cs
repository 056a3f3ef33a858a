using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;

namespace StableQuant.Calibration.Tests.Report;

/// <summary>A page in a real browser, Chromium without a window, driven through its DevTools protocol.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly DirectoryInfo profile = Directory.CreateTempSubdirectory("stablequant-");
    private readonly CancellationTokenSource patience = new(TimeSpan.FromMinutes(5));
    private readonly ClientWebSocket socket = new();
    private readonly Process process;
    private string? session;
    private int calls;

    private Browser(string program, string[] arguments) => process = Process.Start(new ProcessStartInfo(
        program,
        ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-port=0", $"--user-data-dir={profile.FullName}", .. arguments, "about:blank"])
    {
        RedirectStandardError = true,
    })!;

    /// <summary>The program; null where none is installed.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <summary>What the page asked the browser to load, itself included.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>What the page and the browser complained of.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Starts it.</summary>
    /// <param name="arguments">Switches of Chromium, besides those of all.</param>
    public static async Task<Browser> StartAsync(params string[] arguments)
    {
        var browser = new Browser(Program!, arguments);
        const string Listening = "DevTools listening on ";
        string? line;
        do
        {
            line = await browser.process.StandardError.ReadLineAsync(browser.patience.Token);
        }
        while (line?.StartsWith(Listening, StringComparison.Ordinal) == false);
        // Whoever writes to a pipe that nobody reads waits some day.
        _ = browser.process.StandardError.ReadToEndAsync(CancellationToken.None);
        await browser.socket.ConnectAsync(new Uri(line![Listening.Length..]), browser.patience.Token);
        JsonElement target = await browser.CallAsync("Target.createTarget", new { url = "about:blank" });
        JsonElement attached = await browser.CallAsync("Target.attachToTarget", new { targetId = target.GetProperty("targetId").GetString(), flatten = true });
        browser.session = attached.GetProperty("sessionId").GetString();
        foreach (string domain in new[] { "Page", "Network", "Runtime", "Log" })
        {
            await browser.CallAsync($"{domain}.enable", new { });
        }

        return browser;
    }

    /// <summary>Opens a file or an address as a screen of some size shows it.</summary>
    public async Task OpenAsync(string path, int width, bool dark, int height = 900)
    {
        await CallAsync("Emulation.setDeviceMetricsOverride", new { width, height, deviceScaleFactor = 1, mobile = width < 600 });
        await CallAsync("Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = dark ? "dark" : "light" } } });
        var address = new Uri(path);
        await CallAsync("Page.navigate", new { url = address.AbsoluteUri });
        while ((await EvaluateAsync("document.readyState + location.protocol")).GetString() != $"complete{address.Scheme}:")
        {
            await Task.Delay(20, patience.Token);
        }
    }

    /// <summary>Gives a file to an input of the page, as its user does.</summary>
    /// <param name="selector">The input, in CSS.</param>
    /// <param name="path">The file.</param>
    public async Task ChooseFileAsync(string selector, string path)
    {
        JsonElement document = await CallAsync("DOM.getDocument", new { });
        JsonElement input = await CallAsync("DOM.querySelector", new { nodeId = document.GetProperty("root").GetProperty("nodeId").GetInt32(), selector });
        await CallAsync("DOM.setFileInputFiles", new { files = new[] { path }, nodeId = input.GetProperty("nodeId").GetInt32() });
    }

    /// <summary>The value of an expression in the page, as soon as it is true of it.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="isThere">What is waited for.</param>
    public async Task<JsonElement> WaitForAsync(string expression, Func<JsonElement, bool> isThere)
    {
        while (true)
        {
            JsonElement value = await EvaluateAsync(expression);
            if (isThere(value))
            {
                return value;
            }

            await Task.Delay(50, patience.Token);
        }
    }

    /// <summary>The value of an expression in the page, as if a person had done it.</summary>
    public async Task<JsonElement> EvaluateAsync(string expression)
    {
        JsonElement outcome = await CallAsync("Runtime.evaluate", new { expression, returnByValue = true, awaitPromise = true, userGesture = true });
        outcome.TryGetProperty("exceptionDetails", out JsonElement exception).ShouldBeFalse(exception.ToString());
        return outcome.GetProperty("result").TryGetProperty("value", out JsonElement value) ? value : default;
    }

    /// <summary>Calls a method of the DevTools protocol.</summary>
    public async Task<JsonElement> CallAsync(string method, object parameters)
    {
        int id = ++calls;
        byte[] call = JsonSerializer.SerializeToUtf8Bytes(
            session is null ? new { id, method, @params = parameters } : (object)new { id, method, @params = parameters, sessionId = session });
        await socket.SendAsync(call, WebSocketMessageType.Text, true, patience.Token);
        while (true)
        {
            JsonElement message = await ReceiveAsync();
            if (message.TryGetProperty("id", out JsonElement answered) && answered.GetInt32() == id)
            {
                message.TryGetProperty("error", out JsonElement error).ShouldBeFalse($"{method}: {error}");
                return message.GetProperty("result");
            }

            Note(message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        socket.Dispose();
        patience.Dispose();
        try
        {
            profile.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A helper process of the browser may still be writing as it dies.
        }
    }

    private void Note(JsonElement message)
    {
        switch (message.TryGetProperty("method", out JsonElement name) ? name.GetString() : null)
        {
            case "Network.requestWillBeSent":
                Requests.Add(message.GetProperty("params").GetProperty("request").GetProperty("url").GetString()!);
                break;
            case "Runtime.consoleAPICalled" or "Runtime.exceptionThrown" or "Log.entryAdded":
                Complaints.Add(message.ToString());
                break;
        }
    }

    private async Task<JsonElement> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var part = new byte[1 << 16];
        WebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(part, patience.Token);
            message.Write(part, 0, received.Count);
        }
        while (!received.EndOfMessage);
        using JsonDocument document = JsonDocument.Parse(message.ToArray());
        return document.RootElement.Clone();
    }
}

/// <summary>A test that needs Chromium; without it, it is reported as skipped. build/test.sh installs it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (Browser.Program is null)
        {
            Skip = "There is no Chromium on the PATH.";
        }
    }
}
