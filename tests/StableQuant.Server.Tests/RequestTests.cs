using System.Net;
using System.Text;
using System.Text.Json;

namespace StableQuant.Server.Tests;

/// <summary>What requests may say, and what the answers are.</summary>
public sealed class RequestTests : IAsyncLifetime
{
    private readonly string path = Recordings.All[0].Path;
    private RunningServer server = null!;

    public async Task InitializeAsync() => server = await RunningServer.StartAsync("MaxAudioSeconds=20", "MaxUploadBytes=2000000");

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Theory]
    [InlineData("json", "application/json")]
    [InlineData("text", "text/plain")]
    [InlineData("srt", "text/plain")]
    [InlineData("vtt", "text/plain")]
    [InlineData("verbose_json", "application/json")]
    public async Task Each_format_has_the_words(string format, string type)
    {
        using HttpResponseMessage response = await server.PostAsync(path, ("model", "commands"), ("response_format", format));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe(type);
        string answer = await response.Content.ReadAsStringAsync();
        foreach (string word in Recordings.All[0].Heard.Text.Split(' '))
        {
            // JSON has an escape for an apostrophe.
            answer.Replace("\\u0027", "'", StringComparison.Ordinal).ShouldContain(word);
        }
    }

    [Theory]
    [InlineData("", false, true)]
    [InlineData("word", true, false)]
    [InlineData("segment", false, true)]
    [InlineData("word segment", true, true)]
    public async Task Granularities_decide_what_verbose_json_has(string wanted, bool words, bool segments)
    {
        using HttpResponseMessage response = await server.PostAsync(
            path, [("response_format", "verbose_json"), .. wanted.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => ("timestamp_granularities[]", one))]);
        JsonElement answer = await response.JsonAsync();
        answer.TryGetProperty("words", out _).ShouldBe(words);
        answer.TryGetProperty("segments", out _).ShouldBe(segments);
    }

    [Theory]
    [InlineData("model", "whisper-1", 404, "model_not_found")]
    [InlineData("response_format", "xml", 400, "invalid_value")]
    [InlineData("response_format", "JSON", 400, "invalid_value")]
    [InlineData("language", "de", 400, "invalid_value")]
    [InlineData("temperature", "warm", 400, "invalid_value")]
    [InlineData("temperature", "-1", 400, "invalid_value")]
    [InlineData("temperature", "NaN", 400, "invalid_value")]
    [InlineData("stream", "maybe", 400, "invalid_value")]
    [InlineData("timestamp_granularities[]", "char", 400, "invalid_value")]
    [InlineData("timestamp_granularities[]", "word", 400, "invalid_value")]
    [InlineData("include[]", "logprobs", 400, "unknown_parameter")]
    [InlineData("best_of", "5", 400, "unknown_parameter")]
    public async Task A_field_that_is_wrong_is_named(string field, string value, int status, string code)
    {
        using HttpResponseMessage response = await server.PostAsync(path, (field, value));
        (int Status, string Message, string? Param, string? Code) error = await response.ErrorAsync();
        error.Status.ShouldBe(status);
        error.Param.ShouldBe(field);
        error.Code.ShouldBe(code);
    }

    [Theory]
    [InlineData("language", "en")]
    [InlineData("language", "en-US")]
    [InlineData("language", "English")]
    [InlineData("temperature", "0.7")]
    [InlineData("prompt", "WAKE ME")]
    [InlineData("stream", "false")]
    [InlineData("stream", "False")]
    [InlineData("chunking_strategy", "auto")]
    public async Task A_field_that_changes_nothing_is_taken(string field, string value)
    {
        using HttpResponseMessage response = await server.PostAsync(path, (field, value));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.JsonAsync()).GetProperty("text").GetString().ShouldBe(Recordings.All[0].Heard.Text);
    }

    [Fact]
    public async Task A_field_that_is_there_twice_is_an_error()
    {
        using HttpResponseMessage response = await server.PostAsync(path, ("model", "commands"), ("model", "commands"));
        (await response.ErrorAsync()).ShouldSatisfyAllConditions(error => error.Status.ShouldBe(400), error => error.Param.ShouldBe("model"));
    }

    [Fact]
    public async Task Subtitles_are_not_streamed()
    {
        using HttpResponseMessage response = await server.PostAsync(path, ("stream", "true"), ("response_format", "srt"));
        (await response.ErrorAsync()).ShouldSatisfyAllConditions(error => error.Status.ShouldBe(400), error => error.Param.ShouldBe("stream"));
    }

    [Fact]
    public async Task A_form_without_a_recording_is_an_error()
    {
        using var none = new MultipartFormDataContent { { new StringContent("commands"), "model" } };
        (await PostAsync(none)).Code.ShouldBe("missing_required_parameter");
        using var text = new MultipartFormDataContent { { new StringContent("a.wav"), "file" } };
        (await PostAsync(text)).Code.ShouldBe("missing_required_parameter");
        using var empty = new MultipartFormDataContent { { new ByteArrayContent([]), "file", "a.wav" } };
        (await PostAsync(empty)).Code.ShouldBe("empty_file");
        using var two = new MultipartFormDataContent { { new ByteArrayContent([1]), "file", "a.wav" }, { new ByteArrayContent([1]), "file", "b.wav" } };
        (await PostAsync(two)).Code.ShouldBe("invalid_value");
        using var elsewhere = new MultipartFormDataContent { { new ByteArrayContent([1]), "file", "a.wav" }, { new ByteArrayContent([1]), "prompt", "b.wav" } };
        (await PostAsync(elsewhere)).Param.ShouldBe("prompt");
        using var json = new StringContent("{}", Encoding.UTF8, "application/json");
        (await PostAsync(json)).Code.ShouldBe("unsupported_content_type");
        using var noBoundary = new StringContent("--x", Encoding.UTF8, "multipart/form-data");
        (await PostAsync(noBoundary)).Code.ShouldBe("invalid_form");

        async Task<(int Status, string Message, string? Param, string? Code)> PostAsync(HttpContent content)
        {
            using HttpResponseMessage response = await server.Client.PostAsync(new Uri("/v1/audio/transcriptions", UriKind.Relative), content);
            (int Status, string Message, string? Param, string? Code) error = await response.ErrorAsync();
            error.Status.ShouldBe(400);
            return error;
        }
    }

    [Fact]
    public async Task The_content_decides_and_not_the_name()
    {
        using HttpResponseMessage named = await server.PostAsync(File.ReadAllBytes(path), "speech.mp3");
        (await named.JsonAsync()).GetProperty("text").GetString().ShouldBe(Recordings.All[0].Heard.Text);
        using HttpResponseMessage cut = await server.PostAsync(File.ReadAllBytes(path)[..44], "cut.wav");
        (await cut.ErrorAsync()).ShouldSatisfyAllConditions(error => error.Status.ShouldBe(400), error => error.Code.ShouldBe("invalid_audio"), error => error.Message.ShouldStartWith("cut.wav: "));
    }

    [Fact]
    public async Task A_disk_that_fails_is_not_the_client_s_fault_and_tells_no_path() => await Uploads.WithoutFolderAsync(async () =>
    {
        using HttpResponseMessage response = await server.PostAsync(Recordings.Wave(new short[50_000]), "a.wav");
        (await response.ErrorAsync()).ShouldSatisfyAllConditions(error => error.Status.ShouldBe(500), error => error.Message.ShouldBe("The server had an error, which its log tells."));
    });

    [Fact]
    public async Task A_small_file_that_holds_hours_is_refused()
    {
        // A thousand samples a second: 21 s are 42 KB here, and 16 times that to the model.
        using HttpResponseMessage longer = await server.PostAsync(Recordings.Wave(new short[21_000], rate: 1000), "a.wav");
        (await longer.ErrorAsync()).ShouldSatisfyAllConditions(error => error.Status.ShouldBe(400), error => error.Code.ShouldBe("audio_too_long"), error => error.Message.ShouldContain("20 s"));
        using HttpResponseMessage longest = await server.PostAsync(Recordings.Wave(new short[20_000], rate: 1000), "a.wav");
        longest.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("GET", "/v1/audio", 404, "unknown_url")]
    [InlineData("GET", "/v1/models/whisper-1", 404, "model_not_found")]
    [InlineData("GET", "/v1/audio/transcriptions", 405, "method_not_allowed")]
    [InlineData("DELETE", "/v1/models", 405, "method_not_allowed")]
    public async Task What_is_not_there_is_told(string method, string address, int status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(address, UriKind.Relative));
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        (await response.ErrorAsync()).ShouldSatisfyAllConditions(error => error.Status.ShouldBe(status), error => error.Code.ShouldBe(code));
    }

    [Fact]
    public async Task Health_and_metrics_are_told()
    {
        foreach ((string address, string state) in new[] { ("/healthz", "ready\n"), ("/healthz/ready", "ready\n"), ("/healthz/live", "live\n") })
        {
            (await server.Client.GetStringAsync(new Uri(address, UriKind.Relative))).ShouldBe(state);
        }

        (await server.MetricAsync("transcription_audio_seconds_total")).ShouldBe(0);
        using HttpResponseMessage response = await server.PostAsync(path);
        (await server.MetricAsync("transcription_audio_seconds_total"))!.Value.ShouldBe(Recordings.All[0].Heard.Duration.TotalSeconds, 1e-6);
        (await server.MetricAsync("transcription_recognition_seconds_total"))!.Value.ShouldBeGreaterThan(0);
        (await server.MetricAsync("transcription_real_time_factor_count")).ShouldBe(1);
        (await server.MetricAsync("transcription_real_time_factor_bucket{le=\"+Inf\"}")).ShouldBe(1);
        (await server.MetricAsync("transcription_requests_running")).ShouldBe(0);
        (await server.MetricAsync("transcription_requests_waiting")).ShouldBe(0);
        await server.UntilAsync("transcription_requests_total{method=\"POST\",path=\"/v1/audio/transcriptions\",status=\"200\"}", value => value == 1);
    }
}
