using System.IO.Pipelines;
using Microsoft.Extensions.AI;
using StableQuant.Recognition;
using StableQuant.Streaming;
using Kind = Microsoft.Extensions.AI.SpeechToTextResponseUpdateKind;

namespace StableQuant.Extensions.AI.Tests;

/// <summary>Utterance by utterance.</summary>
public sealed class StreamingTests : IDisposable
{
    private readonly StableQuantSpeechToTextClient client = new(() => new Commands(16), new() { PoolSize = 1, ModelId = "Commands" });

    public void Dispose() => client.Dispose();

    [Fact]
    public async Task Final_texts_are_those_of_a_session()
    {
        List<(string Text, TimeSpan Start, TimeSpan End)> wanted = Session(new StreamingOptions()).FindAll(r => r.IsFinal).ConvertAll(r => (r.Text, r.Start, r.End));
        wanted.Count.ShouldBeGreaterThan(3);
        List<SpeechToTextResponseUpdate> updates = await All(client.GetStreamingTextAsync(new TestStream(Speech.Raw(Speech.Long)), Raw()));
        updates[0].Kind.ShouldBe(Kind.SessionOpen);
        updates[^1].Kind.ShouldBe(Kind.SessionClose);
        updates[1..^1].ShouldAllBe(update => update.Kind == Kind.TextUpdated);
        updates.ShouldAllBe(update => update.ModelId == "Commands");
        updates[1..^1].Select(update => (((Transcription)update.RawRepresentation!).Text, update.StartTime!.Value, update.EndTime!.Value)).ShouldBe(wanted);
    }

    [Fact]
    public async Task Together_they_are_the_text_and_the_words_of_the_whole_recording()
    {
        byte[] recording = Speech.Wav(Speech.Long);
        SpeechToTextResponse whole = await client.GetTextAsync(new TestStream(recording, most: 77777));
        whole.Text.ShouldBe(string.Join(' ', Speech.Recordings.Select(r => r.Text)));
        List<SpeechToTextResponseUpdate> updates = await All(client.GetStreamingTextAsync(new TestStream(recording, most: 77777)));
        updates.ToSpeechToTextResponse().Text.ShouldBe(whole.Text);
        updates.SelectMany(update => update.RawRepresentation is Transcription utterance ? utterance.Words : []).ShouldBe(((Transcription)whole.RawRepresentation!).Words);
    }

    [Fact]
    public async Task Partial_texts_come_where_the_options_want_them()
    {
        var cutting = new StreamingOptions { PartialInterval = TimeSpan.FromSeconds(1) };
        var request = Raw();
        request.RawRepresentationFactory = _ => new RecognizerOptions { Cutting = cutting };
        List<SpeechToTextResponseUpdate> updates = await All(client.GetStreamingTextAsync(new TestStream(Speech.Raw(Speech.Long)), request));
        updates[1..^1].Select(update => (update.Kind == Kind.TextUpdated, update.Text.TrimStart(), update.StartTime!.Value, update.EndTime!.Value)).ShouldBe(Session(cutting));
        updates.Count(update => update.Kind == Kind.TextUpdating).ShouldBeGreaterThan(5);
    }

    [Fact]
    public async Task Raw_samples_are_heard_while_they_arrive()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        byte[] raw = Speech.Raw(Speech.Long);
        await using IAsyncEnumerator<SpeechToTextResponseUpdate> updates = client.GetStreamingTextAsync(pipe.Reader.AsStream(), Raw()).GetAsyncEnumerator();
        (await updates.MoveNextAsync()).ShouldBeTrue();
        updates.Current.Kind.ShouldBe(Kind.SessionOpen);

        // An odd number of bytes, some utterances; the rest is written only when the first of them is known.
        await pipe.Writer.WriteAsync(raw.AsMemory(0, raw.Length / 2 | 1));
        (await updates.MoveNextAsync()).ShouldBeTrue();
        updates.Current.Kind.ShouldBe(Kind.TextUpdated);
        var heard = new List<SpeechToTextResponseUpdate> { updates.Current };
        await pipe.Writer.WriteAsync(raw.AsMemory(raw.Length / 2 | 1));
        await pipe.Writer.CompleteAsync();
        while (await updates.MoveNextAsync())
        {
            heard.Add(updates.Current);
        }

        heard.ToSpeechToTextResponse().Text.ShouldBe(string.Join(' ', Speech.Recordings.Select(r => r.Text)));
    }

    [Fact]
    public async Task A_stream_that_breaks_has_told_what_was_final_and_gives_the_instance_back()
    {
        var told = new List<SpeechToTextResponseUpdate>();
        IOException error = await Should.ThrowAsync<IOException>(async () =>
        {
            await foreach (SpeechToTextResponseUpdate update in client.GetStreamingTextAsync(new TestStream(Speech.Raw(Speech.Long), TestStream.Ending.Broken), Raw()))
            {
                told.Add(update);
            }
        });
        error.Message.ShouldContain("broke behind byte");
        told.Count(update => update.Kind == Kind.TextUpdated).ShouldBeGreaterThan(2);
        told.ShouldNotContain(update => update.Kind == Kind.SessionClose);
        await InstanceIsFree();
    }

    [Fact]
    public async Task Cancellation_ends_a_stream_that_says_nothing_and_gives_the_instance_back()
    {
        using var cancellation = new CancellationTokenSource();
        var silent = new TestStream(Speech.Raw(Speech.Long.AsSpan(0, 16000)), TestStream.Ending.Silent);
        Task<List<SpeechToTextResponseUpdate>> streaming = All(client.GetStreamingTextAsync(silent, Raw(), cancellation.Token));
        await silent.Waited.Task;
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => streaming);
        await InstanceIsFree();
    }

    [Fact]
    public async Task Who_stops_listening_gives_the_instance_back()
    {
        await foreach (SpeechToTextResponseUpdate update in client.GetStreamingTextAsync(new TestStream(Speech.Raw(Speech.Long)), Raw()))
        {
            if (update.Kind == Kind.TextUpdated)
            {
                break;
            }
        }

        await InstanceIsFree();
    }

    [Fact]
    public async Task A_stream_without_speech_opens_and_closes()
    {
        (await All(client.GetStreamingTextAsync(new MemoryStream(new byte[64000]), Raw()))).Select(update => update.Kind).ShouldBe([Kind.SessionOpen, Kind.SessionClose]);
        (await All(client.GetStreamingTextAsync(Stream.Null, Raw()))).Select(update => update.Kind).ShouldBe([Kind.SessionOpen, Kind.SessionClose]);
    }

    [Fact]
    public void Raw_samples_of_another_rate_are_not_heard_live()
    {
        SpeechToTextOptions request = Raw();
        request.SpeechSampleRate = 48000;
        Should.Throw<ArgumentException>(() => client.GetStreamingTextAsync(Stream.Null, request)).Message.ShouldContain("SpeechSampleRate is 48000");
    }

    private static SpeechToTextOptions Raw() => new() { AdditionalProperties = new() { [StableQuantSpeechToTextClient.AudioFormat] = StableQuantSpeechToTextClient.RawPcm } };

    private static List<(bool IsFinal, string Text, TimeSpan Start, TimeSpan End)> Session(StreamingOptions options)
    {
        using var model = new Commands(16);
        var results = new List<(bool, string, TimeSpan, TimeSpan)>();
        var session = new StreamingSession(
            model,
            (scoped in SpeechResult result) => results.Add((result.IsFinal, result.Text.ToString(), TimeSpan.FromSeconds(result.StartSample / 16000.0), TimeSpan.FromSeconds(result.EndSample / 16000.0))),
            options);
        session.Listen(new MemoryStream(Speech.Raw(Speech.Long)));
        return results;
    }

    private static async Task<List<SpeechToTextResponseUpdate>> All(IAsyncEnumerable<SpeechToTextResponseUpdate> updates)
    {
        var all = new List<SpeechToTextResponseUpdate>();
        await foreach (SpeechToTextResponseUpdate update in updates)
        {
            all.Add(update);
        }

        return all;
    }

    // The pool has one.
    private async Task InstanceIsFree()
    {
        using FileStream audio = File.OpenRead(Speech.Recordings[0].Path);
        (await client.GetTextAsync(audio)).Text.ShouldBe(Speech.Recordings[0].Text);
    }
}
