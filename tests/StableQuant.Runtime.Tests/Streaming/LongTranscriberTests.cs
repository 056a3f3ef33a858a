using StableQuant.Streaming;

namespace StableQuant.Runtime.Tests.Streaming;

/// <summary>Recordings of any length, in memory or read.</summary>
public class LongTranscriberTests
{
    [Fact]
    public void Segments_come_while_the_recording_is_read()
    {
        using var model = new PitchModel();
        int read = 0;
        float[] minute = new Recordings().Silence(0.5).Word("ABC").Silence(0.8).Samples;
        string[] texts = [.. new LongTranscriber(model).TranscribeFrom(buffer =>
        {
            read += buffer.Length;
            for (int i = 0; i < buffer.Length; i++)
            {
                buffer[i] = minute[(read + i) % minute.Length];
            }

            return buffer.Length;
        }).Take(50).Select(segment => segment.Text)];
        texts.Skip(1).ShouldAllBe(text => text == "ABC");
        read.ShouldBeLessThan(55 * minute.Length);
    }

    [Fact]
    public void A_transcriber_serves_one_recording_at_a_time_and_any_number_in_turn()
    {
        using var model = new PitchModel();
        var transcriber = new LongTranscriber(model);
        float[] pcm = new Recordings().Silence(0.5).Word("ABC").Silence(1).Word("DEF").Samples;
        int position = 0;
        int Read(Span<float> buffer)
        {
            int count = Math.Min(buffer.Length, pcm.Length - position);
            pcm.AsSpan(position, count).CopyTo(buffer);
            position += count;
            return count;
        }

        using (IEnumerator<SpeechSegment> reading = transcriber.TranscribeFrom(Read).GetEnumerator())
        {
            reading.MoveNext().ShouldBeTrue();
            Should.Throw<InvalidOperationException>(() => transcriber.Transcribe(pcm)).Message.ShouldContain("one at a time");
        }

        transcriber.Transcribe(pcm).Select(segment => segment.Text).ShouldBe(["ABC", "DEF"]);
        transcriber.Transcribe(pcm).Select(segment => segment.Text).ShouldBe(["ABC", "DEF"]);
    }

    [Fact]
    public void Work_is_cancelled_between_chunks()
    {
        using var model = new PitchModel();
        using var source = new CancellationTokenSource();
        IEnumerable<SpeechSegment> endless = new LongTranscriber(model).TranscribeFrom(
            buffer =>
            {
                source.Cancel();
                return buffer.Length;
            },
            source.Token);
        Should.Throw<OperationCanceledException>(() => endless.Count());
    }
}
