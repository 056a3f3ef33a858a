using System.Text.Json;
using StableQuant.Calibration.Tests.Report;

namespace StableQuant.Server.Tests.Captions;

/// <summary>The captions page in a browser.</summary>
internal sealed class CaptionsPage : IAsyncDisposable
{
    private readonly Browser browser;

    private CaptionsPage(Browser browser) => this.browser = browser;

    public Browser Browser => browser;

    /// <summary>Starts a browser and opens the page.</summary>
    /// <param name="address">Where.</param>
    /// <param name="arguments">Switches of the browser.</param>
    public static async Task<CaptionsPage> OpenAsync(Uri address, params string[] arguments)
    {
        var page = new CaptionsPage(await Browser.StartAsync(arguments));
        await page.ShowAsync(address, 1280, 800);
        return page;
    }

    /// <summary>Switches for a microphone that plays a recording once, and that the browser does not ask about.</summary>
    public static string[] Microphone(string path) => ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", $"--use-file-for-fake-audio-capture={path}%noloop"];

    /// <summary>Opens the page anew.</summary>
    public async Task ShowAsync(Uri address, int width, int height, bool dark = false)
    {
        await browser.OpenAsync(address.AbsoluteUri, width, dark, height);
        await UntilAsync("document.getElementById('status').textContent === 'Ready.'");
    }

    public Task PressAsync(string id) => browser.EvaluateAsync($"document.getElementById('{id}').click()");

    /// <summary>Presses keys as a keyboard does.</summary>
    public async Task TypeAsync(params (string Key, int Code, string? Text)[] keys)
    {
        foreach ((string key, int code, string? text) in keys)
        {
            await browser.CallAsync("Input.dispatchKeyEvent", text is null
                ? new { type = "rawKeyDown", key, windowsVirtualKeyCode = code }
                : (object)new { type = "keyDown", key, windowsVirtualKeyCode = code, text });
            await browser.CallAsync("Input.dispatchKeyEvent", new { type = "keyUp", key, windowsVirtualKeyCode = code });
        }
    }

    /// <summary>Gives the page a file, as if it were chosen.</summary>
    public Task ChooseAsync(string path) => browser.ChooseFileAsync("#file", path);

    /// <summary>Waits until an expression is true.</summary>
    public async Task UntilAsync(string expression)
    {
        for (int i = 0; i < 1200 && (await browser.EvaluateAsync(expression)).ValueKind != JsonValueKind.True; i++)
        {
            await Task.Delay(50);
        }

        (await browser.EvaluateAsync(expression)).ValueKind.ShouldBe(JsonValueKind.True, $"{expression}, where the page says: {await TextAsync("status")}");
    }

    /// <summary>Waits until the page says something of a kind, and tells what.</summary>
    public async Task<string> SaysAsync(string kind)
    {
        await UntilAsync($"document.getElementById('status').dataset.kind === '{kind}' && document.getElementById('status').textContent !== 'Ready.'");
        return await TextAsync("status");
    }

    public async Task<string> TextAsync(string id) => (await browser.EvaluateAsync($"document.getElementById('{id}').textContent")).GetString()!;

    /// <summary>What is said by now, an utterance each.</summary>
    public async Task<string[]> UtterancesAsync() =>
        [.. (await browser.EvaluateAsync("[...document.querySelectorAll('#finals li span')].map(line => line.textContent)")).EnumerateArray().Select(line => line.GetString()!)];

    /// <summary>The table of words.</summary>
    public async Task<(string Word, double Start, double End)[]> WordsAsync() =>
        [.. (await browser.EvaluateAsync("[...document.querySelectorAll('#times tr')].map(row => [row.cells[0].textContent, +row.cells[1].textContent, +row.cells[2].textContent])"))
            .EnumerateArray().Select(row => (row[0].GetString()!, row[1].GetDouble(), row[2].GetDouble()))];

    public ValueTask DisposeAsync() => browser.DisposeAsync();
}
