using System.Diagnostics;
using System.Net.WebSockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using StableQuant.Audio;
using TranscriptionServer.Configuration;
using TranscriptionServer.Recognition;
using TranscriptionServer.WebSockets;

namespace TranscriptionServer.Live;

/// <summary>
/// One client's speech: binary messages are 16-bit little-endian samples at 16 kHz, mono; the text message <c>{"type": "end"}</c> ends it. Whatever else ends it
/// is a <see cref="CloseException"/>.
/// </summary>
internal sealed class LiveStream(WebSocketConnection connection, SpeechService speech, ServerOptions options)
{
    /// <summary>The largest message, in bytes: two seconds of audio.</summary>
    public const int MaxMessage = 64 << 10;

    private readonly LiveRecognizer recognizer = new();
    private readonly long start = Stopwatch.GetTimestamp();
    private long samples;

    /// <summary>Hears the client until it closes.</summary>
    /// <param name="stopping">The server stops: what was heard is told.</param>
    /// <param name="aborted">The client has gone.</param>
    /// <exception cref="CloseException">The stream ends otherwise.</exception>
    /// <exception cref="IOException">The client has gone.</exception>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async Task RunAsync(CancellationToken stopping, CancellationToken aborted)
    {
        await SendAsync(new ReadyBody("ready", Commands.Id, AudioFile.ModelRate), LiveJson.Default.ReadyBody);
        while (await ReceiveAudioAsync(stopping, aborted) is { } audio)
        {
            await HearAsync(audio, aborted);
            if (samples > (long)options.MaxAudioSeconds * AudioFile.ModelRate || Stopwatch.GetElapsedTime(start).TotalSeconds > options.MaxAudioSeconds)
            {
                throw await FinishAsync(WebSocketCloseStatus.PolicyViolation, FormattableString.Invariant($"the stream is longer than {options.MaxAudioSeconds} s; begin another"), aborted);
            }
        }
    }

    // Pings and empty messages are no audio: whoever sends nothing else has to make room.
    private async Task<byte[]?> ReceiveAudioAsync(CancellationToken stopping, CancellationToken aborted)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, aborted);
        either.CancelAfter(TimeSpan.FromSeconds(options.UploadSeconds));
        try
        {
            while (true)
            {
                switch (await connection.ReceiveAsync(either.Token))
                {
                    case null:
                        return null;
                    case { IsText: true } message when IsEnd(message.Content):
                        throw await FinishAsync(WebSocketCloseStatus.NormalClosure, "", aborted);
                    case { IsText: true }:
                        throw new CloseException(WebSocketCloseStatus.InvalidMessageType, "a text message is {\"type\": \"end\"}; audio comes in binary messages");
                    case { Content.Length: var length } when length % sizeof(short) != 0:
                        throw new CloseException(WebSocketCloseStatus.InvalidPayloadData, "a binary message has whole samples of 16 bits");
                    case { Content: { Length: > 0 } audio }:
                        return audio;
                }
            }
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            throw stopping.IsCancellationRequested
                ? await FinishAsync(WebSocketCloseStatus.EndpointUnavailable, "the server stops; connect again", aborted)
                : await FinishAsync(WebSocketCloseStatus.PolicyViolation, FormattableString.Invariant($"no audio came for {options.UploadSeconds} s"), aborted);
        }
    }

    private async Task HearAsync(byte[] audio, CancellationToken aborted)
    {
        // All processors that the kernels are for are little-endian.
        int count = audio.Length / sizeof(short);
        samples += count;
        await TellAsync(await speech.HearAsync(
            instance => recognizer.Hear(instance, MemoryMarshal.Cast<byte, short>(audio)), TimeSpan.FromSeconds(count / (double)AudioFile.ModelRate), aborted));
    }

    // What is open becomes final before the stream is closed.
    private async Task<CloseException> FinishAsync(WebSocketCloseStatus status, string reason, CancellationToken aborted)
    {
        await TellAsync(await speech.HearAsync(recognizer.Finish, TimeSpan.Zero, aborted));
        return new CloseException(status, reason);
    }

    private async Task TellAsync(UtteranceBody[] utterances)
    {
        foreach (UtteranceBody utterance in utterances)
        {
            await SendAsync(utterance, LiveJson.Default.UtteranceBody);
        }
    }

    private Task SendAsync<T>(T body, JsonTypeInfo<T> type) => connection.SendTextAsync(JsonSerializer.SerializeToUtf8Bytes(body, type));

    private static bool IsEnd(byte[] text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, LiveJson.Default.RequestBody)?.Type == RequestBody.End;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
