using System.Net;
using System.Net.WebSockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using StableQuant.Audio;
using StableQuant.Recognition;
using StableQuant.Streaming;

namespace StableQuant.Server.Tests.Live;

/// <summary>Speech as it comes, over a WebSocket.</summary>
public sealed class LiveTests
{
    private const int Header = 44;

    [Theory]
    [InlineData(640)]
    [InlineData(65536)]
    public async Task Words_and_their_times_are_the_librarys_in_whatever_pieces_speech_comes(int bytes)
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=1");
        byte[] file = Recordings.Long(seconds: 20);
        using LiveClient client = await LiveClient.ConnectAsync(server);
        List<JsonElement> messages = await client.HearAsync(file.AsMemory(Header), bytes);

        // Every message is what the library's stream tells of.
        using var model = new TranscriptionServer.Commands();
        var recognizer = new Recognizer(model);
        var told = new List<string>();
        var session = new StreamingSession(model, Tell, new StreamingOptions { PartialInterval = TimeSpan.FromMilliseconds(400) });
        session.Push(MemoryMarshal.Cast<byte, short>(file.AsSpan(Header)));
        session.Finish();
        messages.Select(Line).ShouldBe(told);
        told.ShouldContain(line => line.StartsWith("partial ", StringComparison.Ordinal));

        // And what is final is what is heard in the whole recording.
        using var stream = new MemoryStream(file);
        Transcription heard = recognizer.Recognize(stream);
        JsonElement[] finals = [.. messages.Where(message => message.GetProperty("type").GetString() == "final")];
        string.Join(' ', finals.Select(final => final.GetProperty("text").GetString()).Where(text => text!.Length > 0)).ShouldBe(heard.Text);
        finals.SelectMany(final => final.GetProperty("words").EnumerateArray()).Select(Line).ShouldBe(heard.Words.Select(Word));
        (await server.MetricAsync("transcription_audio_seconds_total"))!.Value.ShouldBe(20, 1e-9);

        void Tell(scoped in SpeechResult result)
        {
            Transcription utterance = recognizer.Recognize(result);
            told.Add(FormattableString.Invariant(
                $"{(result.IsFinal ? "final" : "partial")} {result.StartSample / 16000.0} {result.EndSample / 16000.0} {utterance.Text}: {string.Join(", ", utterance.Words.Select(Word))}"));
        }
    }

    [Fact]
    public async Task One_instance_serves_many_streams_and_recordings_at_a_time()
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=1");
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
        {
            (string path, Transcription heard) = Recordings.All[i];
            if (i >= 4)
            {
                using HttpResponseMessage response = await server.PostAsync(path);
                (await response.JsonAsync()).GetProperty("text").GetString().ShouldBe(heard.Text);
                return;
            }

            using LiveClient client = await LiveClient.ConnectAsync(server);
            byte[] audio = MemoryMarshal.AsBytes<short>([.. AudioFile.Load16k(path).Select(sample => (short)(sample * 32767))]).ToArray();
            List<JsonElement> messages = await client.HearAsync(audio, 3200);
            string.Join(' ', messages.Where(message => message.GetProperty("type").GetString() == "final").Select(message => message.GetProperty("text").GetString())).ShouldBe(heard.Text);
        }));
        await server.UntilAsync("transcription_live_closes_total{status=\"1000\"}", value => value == 4);
        (await server.MetricAsync("transcription_live_streams")).ShouldBe(0);
        (await server.MetricAsync("transcription_requests_accepted")).ShouldBe(0);
    }

    [Fact]
    public async Task Streams_take_places_and_one_too_many_is_told_to_come_back()
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=1", "QueueLength=0");
        LiveClient first = await LiveClient.ConnectAsync(server);
        await using (RawWebSocket second = await RawWebSocket.ConnectBareAsync(server))
        {
            (int status, string reason) = second.ReadClose();
            status.ShouldBe(1013);
            reason.ShouldNotBeEmpty();
        }

        using HttpResponseMessage refused = await server.PostAsync(Recordings.All[0].Path);
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);

        first.Socket.Abort();
        first.Dispose();
        await server.UntilAsync("transcription_requests_accepted", value => value == 0);
        await server.UntilAsync("transcription_live_closes_total{status=\"1006\"}", value => value == 1);
        using LiveClient third = await LiveClient.ConnectAsync(server);
    }

    [Fact]
    public async Task When_the_server_stops_what_was_said_is_told()
    {
        RunningServer server = await RunningServer.StartAsync();
        using LiveClient client = await LiveClient.ConnectAsync(server);
        foreach (byte[] piece in Recordings.Long(seconds: 3)[Header..].Chunk(6400))
        {
            await client.SendAsync(piece);
        }

        // Speech has been heard, and its utterance is open.
        (await client.ReceiveAsync())!.Value.GetProperty("type").GetString().ShouldBe("partial");
        Task<List<JsonElement>> receiving = client.ReceiveAllAsync();
        await server.DisposeAsync();
        (await receiving)[^1].GetProperty("type").GetString().ShouldBe("final");
        client.Socket.CloseStatus.ShouldBe(WebSocketCloseStatus.EndpointUnavailable);
        client.Socket.CloseStatusDescription.ShouldBe("the server stops; connect again");
    }

    [Fact]
    public async Task A_stream_that_is_too_long_ends_with_all_that_was_said()
    {
        await using RunningServer server = await RunningServer.StartAsync("MaxAudioSeconds=4");
        using LiveClient client = await LiveClient.ConnectAsync(server);
        Task<List<JsonElement>> receiving = client.ReceiveAllAsync();
        foreach (byte[] piece in Recordings.Long(seconds: 5)[Header..].Chunk(16000))
        {
            await client.SendAsync(piece);
        }

        (await receiving)[^1].GetProperty("type").GetString().ShouldBe("final");
        client.Socket.CloseStatus.ShouldBe(WebSocketCloseStatus.PolicyViolation);
        client.Socket.CloseStatusDescription.ShouldBe("the stream is longer than 4 s; begin another");
    }

    private static string Line(JsonElement body) => body.TryGetProperty("word", out JsonElement word)
        ? Word(new Word(word.GetString()!, body.GetProperty("start").GetDouble(), body.GetProperty("end").GetDouble(), body.GetProperty("confidence").GetSingle()))
        : FormattableString.Invariant(
            $"{body.GetProperty("type").GetString()} {body.GetProperty("start").GetDouble()} {body.GetProperty("end").GetDouble()} {body.GetProperty("text").GetString()}: {string.Join(", ", body.GetProperty("words").EnumerateArray().Select(Line))}");

    private static string Word(Word word) => FormattableString.Invariant($"{word.Text} {word.Start} {word.End} {word.Confidence}");
}
