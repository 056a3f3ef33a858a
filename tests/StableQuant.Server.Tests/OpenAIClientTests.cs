// Streaming is what the client calls experimental.
#pragma warning disable OPENAI001
using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Audio;
using OpenAI.Models;
using StableQuant.Recognition;
using StableQuant.Subtitles;

namespace StableQuant.Server.Tests;

/// <summary>OpenAI's own client, which knows nothing of this server.</summary>
public sealed class OpenAIClientTests : IAsyncLifetime
{
    private RunningServer server = null!;

    public async Task InitializeAsync() => server = await RunningServer.StartAsync("ApiKey=a-key");

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task The_text_is_the_librarys()
    {
        foreach ((string path, Transcription heard) in Recordings.All.Take(5))
        {
            AudioTranscription answer = await Client().TranscribeAudioAsync(path);
            answer.Text.ShouldBe(heard.Text);
            heard.Text.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public async Task Words_and_their_times_are_the_librarys()
    {
        foreach ((string path, Transcription heard) in Recordings.All.Take(5))
        {
            AudioTranscription answer = await Client().TranscribeAudioAsync(
                path,
                new AudioTranscriptionOptions
                {
                    ResponseFormat = AudioTranscriptionFormat.Verbose,
                    TimestampGranularities = AudioTimestampGranularities.Word | AudioTimestampGranularities.Segment,
                    Language = "en",
                    Prompt = "a prompt",
                    Temperature = 0.2f,
                });
            answer.Text.ShouldBe(heard.Text);
            answer.Language.ShouldBe("english");
            answer.Duration!.Value.ShouldBe(heard.Duration, TimeSpan.FromMilliseconds(1));
            answer.Words.Select(word => word.Word).ShouldBe(heard.Words.Select(word => word.Text));
            answer.Words.Select(word => word.StartTime).ShouldBe(heard.Words.Select(word => TimeSpan.FromSeconds(word.Start)));
            answer.Words.Select(word => word.EndTime).ShouldBe(heard.Words.Select(word => TimeSpan.FromSeconds(word.End)));
            string.Join(' ', answer.Segments.Select(segment => segment.Text)).ShouldBe(heard.Text);
            answer.Segments[0].StartTime.ShouldBe(TimeSpan.FromSeconds(heard.Words[0].Start));
            answer.Segments[^1].EndTime.ShouldBe(TimeSpan.FromSeconds(heard.Words[^1].End));
        }
    }

    [Fact]
    public async Task Subtitles_are_the_librarys()
    {
        (string path, Transcription heard) = Recordings.All[0];
        (await SubtitlesAsync(AudioTranscriptionFormat.Srt)).ShouldBe(Written(TranscriptFormat.Srt));
        (await SubtitlesAsync(AudioTranscriptionFormat.Vtt)).ShouldBe(Written(TranscriptFormat.Vtt));

        async Task<string> SubtitlesAsync(AudioTranscriptionFormat format) =>
            (await Client().TranscribeAudioAsync(path, new AudioTranscriptionOptions { ResponseFormat = format })).GetRawResponse().Content.ToString();

        string Written(TranscriptFormat format)
        {
            using var text = new StringWriter();
            TranscriptWriter.Write(text, new Transcript("", heard.Duration.TotalSeconds, heard.Words), format);
            return text.ToString();
        }
    }

    [Fact]
    public async Task A_streamed_answer_comes_in_pieces_that_are_the_text()
    {
        byte[] file = Recordings.Long(seconds: 30);
        string text = "";
        var pieces = new List<string>();
        using var audio = new MemoryStream(file);
        await using AsyncStreamingResult<StreamingAudioTranscriptionUpdate> answer = await Client().TranscribeAudioStreamingAsync(audio, "long.wav");
        await foreach (StreamingAudioTranscriptionUpdate update in (IAsyncEnumerable<StreamingAudioTranscriptionUpdate>)answer)
        {
            switch (update)
            {
                case StreamingAudioTranscriptionTextDeltaUpdate delta:
                    pieces.Add(delta.Delta);
                    break;
                case StreamingAudioTranscriptionTextDoneUpdate done:
                    text = done.Text;
                    break;
            }
        }

        pieces.Count.ShouldBeGreaterThan(2);
        string.Concat(pieces).ShouldBe(text);
        using var model = new TranscriptionServer.Commands();
        using var again = new MemoryStream(file);
        text.ShouldBe(new Recognizer(model).Recognize(again).Text);
    }

    [Fact]
    public async Task The_models_are_listed()
    {
        OpenAIModelCollection models = await new OpenAIModelClient(new ApiKeyCredential("a-key"), Options()).GetModelsAsync();
        models.Select(model => model.Id).ShouldBe(["commands"]);
        (await new OpenAIModelClient(new ApiKeyCredential("a-key"), Options()).GetModelAsync("commands")).Value.Id.ShouldBe("commands");
    }

    [Fact]
    public async Task Errors_are_the_clients_own()
    {
        string path = Recordings.All[0].Path;
        (await Should.ThrowAsync<ClientResultException>(() => Client(key: "another").TranscribeAudioAsync(path))).Status.ShouldBe(401);
        ClientResultException noModel = await Should.ThrowAsync<ClientResultException>(() => Client(model: "whisper-1").TranscribeAudioAsync(path));
        noModel.Status.ShouldBe(404);
        noModel.Message.ShouldContain("The model 'whisper-1' does not exist; this server has 'commands'.");
        using var noise = new MemoryStream([1, 2, 3, 4]);
        ClientResultException noAudio = await Should.ThrowAsync<ClientResultException>(() => Client().TranscribeAudioAsync(noise, "noise.wav"));
        noAudio.Status.ShouldBe(400);
        noAudio.Message.ShouldContain("noise.wav");
    }

    private AudioClient Client(string model = "commands", string key = "a-key") => new(model, new ApiKeyCredential(key), Options());

    private OpenAIClientOptions Options() => new() { Endpoint = new Uri(server.Address, "v1"), RetryPolicy = new ClientRetryPolicy(0) };
}
