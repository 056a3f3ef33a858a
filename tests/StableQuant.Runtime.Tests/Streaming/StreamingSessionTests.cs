using System.Buffers.Binary;
using StableQuant.Decoding;
using StableQuant.Streaming;

namespace StableQuant.Runtime.Tests.Streaming;

/// <summary>Utterances of streams: where they begin and end, what is told of them, and that chunks do not matter.</summary>
public class StreamingSessionTests
{
    private static readonly StreamingOptions Partials = new() { PartialInterval = TimeSpan.FromMilliseconds(300) };

    [Fact]
    public void Pauses_end_utterances_and_frames_count_from_the_start_of_the_recording()
    {
        float[] pcm = new Recordings().Noise(1, 0.001).Word("ABC").Noise(1, 0.001).Word("DEF").Noise(1, 0.001).Samples;
        List<Told> told = Run(pcm, pcm.Length);
        told.Select(t => t.Text).ShouldBe(["ABC", "DEF"]);
        told.ShouldAllBe(t => t.IsFinal);

        // Speech begins at 1 s and 2.48 s; letters are 160 ms apart.
        Seconds(told[0].Tokens[0].FirstFrame).ShouldBe(1, 0.05);
        Seconds(told[0].Tokens[2].FirstFrame).ShouldBe(1.32, 0.05);
        Seconds(told[1].Tokens[0].FirstFrame).ShouldBe(2.48, 0.05);
        (told[0].Start / 16000.0).ShouldBe(1, 0.02);
        (told[0].End / 16000.0).ShouldBe(1.42, 0.02);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(160)]
    [InlineData(4000)]
    [InlineData(777)]
    public void Results_are_the_same_in_whatever_chunks_samples_arrive(int chunk)
    {
        float[] pcm = Conversation();
        List<Told> whole = Run(pcm, pcm.Length, Partials);
        whole.Count(t => t.IsFinal).ShouldBeGreaterThan(3);
        whole.Count(t => !t.IsFinal).ShouldBeGreaterThan(3);
        Run(pcm, chunk, Partials).ShouldBe(whole);
    }

    [Fact]
    public void Finals_are_the_same_with_partials_and_without()
    {
        float[] pcm = Conversation();
        Run(pcm, 1000, Partials).Where(t => t.IsFinal).ShouldBe(Run(pcm, 4000));
    }

    [Fact]
    public void Partials_grow_and_one_that_was_wrong_is_taken_back()
    {
        using var model = new PitchModel();
        var told = new List<Told>();
        var stream = new StreamingSession(model, (scoped in SpeechResult result) => told.Add(new Told(result)), Partials);
        stream.Push(new Recordings().Silence(0.5).Word("ABCDEFABCDEF").Samples);
        told.Count.ShouldBeGreaterThan(2);
        told.ShouldAllBe(t => !t.IsFinal && "ABCDEFABCDEF".StartsWith(t.Text, StringComparison.Ordinal));
        model.Certainty = 0.1f;
        stream.Push(new float[16000]);
        told[^1].IsFinal.ShouldBeTrue();
        told[^1].Text.ShouldBe("");
        told[^1].Tokens.ShouldBeEmpty();
    }

    [Fact]
    public void Silence_and_steady_noise_never_reach_the_model()
    {
        using var model = new PitchModel();
        var stream = new StreamingSession(model, (scoped in SpeechResult _) => throw new InvalidOperationException());
        stream.Push(new Recordings().Silence(5).Noise(5, 0.001).Noise(5, 0.1).Silence(3).Noise(5, 1).Samples);
        stream.Finish();
        model.Calls.ShouldBe(0);
    }

    [Fact]
    public void A_model_that_is_not_sure_heard_no_speech()
    {
        using var model = new PitchModel { Certainty = 0.1f };
        Run(new Recordings().Silence(1).Word("ABC").Silence(1).Samples, 160, model: model).ShouldBeEmpty();
        model.Calls.ShouldBe(1);
    }

    [Fact]
    public void Speech_without_a_pause_is_cut_between_letters_and_none_is_lost_or_doubled()
    {
        string letters = string.Concat(Enumerable.Repeat("ABCDEFFEDCBA", 30));
        using var model = new PitchModel(4);
        List<Told> told = Run(new Recordings().Silence(0.5).Word(letters).Silence(0.5).Samples, 1600, model: model);
        told.Count.ShouldBeGreaterThan(10);
        model.LongestCall.ShouldBeLessThanOrEqualTo(model.MaxSamples);
        string.Concat(told.Select(t => t.Text)).ShouldBe(letters);
        for (int i = 1; i < told.Count; i++)
        {
            told[i].Start.ShouldBeGreaterThanOrEqualTo(told[i - 1].End);
            told[i].Tokens[0].FirstFrame.ShouldBeGreaterThanOrEqualTo(told[i - 1].Tokens[^1].EndFrame);
        }
    }

    [Fact]
    public void Speech_at_both_ends_of_a_recording_is_recognised_and_nothing_beyond_them()
    {
        float[] pcm = new Recordings().Word("ABCDEF").Samples;
        Told told = Run(pcm, 100).ShouldHaveSingleItem();
        told.Text.ShouldBe("ABCDEF");
        told.Start.ShouldBe(0);
        told.End.ShouldBeInRange(pcm.Length - 960, pcm.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(399)]
    public void A_recording_that_makes_no_frame_has_no_results(int samples) => Run(new Recordings().Noise(1, 1).Samples[..samples], 160).ShouldBeEmpty();

    [Fact]
    public void A_stream_begins_anew_behind_its_end_and_when_it_is_reset()
    {
        float[] pcm = Conversation();
        List<Told> once = Run(pcm, 4000);
        using var model = new PitchModel();
        var told = new List<Told>();
        var stream = new StreamingSession(model, (scoped in SpeechResult result) => told.Add(new Told(result)));
        stream.Push(pcm);
        stream.Finish();
        stream.Push(pcm.AsSpan(0, 20000));
        told.RemoveRange(once.Count, told.Count - once.Count);
        stream.Reset();
        stream.Push(pcm);
        stream.Finish();
        told.ShouldBe([.. once, .. once]);
    }

    [Fact]
    public void A_sample_that_is_not_finite_is_refused_and_nothing_is_heard()
    {
        using var model = new PitchModel();
        var told = new List<Told>();
        var stream = new StreamingSession(model, (scoped in SpeechResult result) => told.Add(new Told(result)));
        float[] pcm = Conversation();
        stream.Push(pcm.AsSpan(0, 100));
        Should.Throw<ArgumentException>(() => stream.Push([0, float.NaN])).Message.ShouldContain("Sample 1 ");
        stream.Push(pcm.AsSpan(100));
        stream.Finish();
        told.ShouldBe(Run(pcm, pcm.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(777)]
    [InlineData(100000)]
    public void A_stream_of_raw_samples_in_pieces_of_any_length_is_heard_as_its_samples_are(int piece)
    {
        short[] pcm = [.. Conversation().Select(sample => (short)(sample * 32767))];
        var bytes = new byte[(2 * pcm.Length) + 1];
        for (int i = 0; i < pcm.Length; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(2 * i), pcm[i]);
        }

        List<Told> expected = Run([.. pcm.Select(sample => sample / 32768f)], 4000);
        var told = new List<Told>();
        var stream = new StreamingSession(new PitchModel(), (scoped in SpeechResult result) => told.Add(new Told(result)));
        using (var input = new Trickle(bytes, piece))
        {
            stream.Listen(input).ShouldBe(pcm.Length);
        }

        told.ShouldBe(expected);
        stream.Push(pcm);
        stream.Finish();
        told.ShouldBe([.. expected, .. expected]);
    }

    [Fact]
    public void A_stream_that_breaks_or_is_cancelled_leaves_nothing_behind()
    {
        var told = new List<Told>();
        var stream = new StreamingSession(new PitchModel(), (scoped in SpeechResult result) => told.Add(new Told(result)));
        byte[] noise = [.. Enumerable.Range(0, 100000).Select(i => (byte)(i * 31))];
        using var broken = new Trickle(noise, 1000) { Breaks = true };
        Should.Throw<IOException>(() => stream.Listen(broken));
        using var endless = new Trickle(noise, 1000);
        stream.Listen(endless, new CancellationToken(canceled: true)).ShouldBe(0);
        told.Clear();
        stream.Push(Conversation());
        stream.Finish();
        told.ShouldBe(Run(Conversation(), 4000));
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        Refused(new() { EndPause = TimeSpan.Zero }, "EndPause is 0 s; it must be from 0.05 to 10 s");
        Refused(new() { Margin = TimeSpan.FromSeconds(-1) }, "Margin is -1 s");
        Refused(new() { MaxUtterance = TimeSpan.FromSeconds(1) }, "MaxUtterance is 1 s");
        Refused(new() { RelaxedUtterance = TimeSpan.FromDays(1) }, "RelaxedUtterance is 86400 s");
        Refused(new() { PartialInterval = TimeSpan.FromMilliseconds(1) }, "PartialInterval is 0.001 s");
        Refused(new() { MinConfidence = double.NaN }, "MinConfidence must be from 0 to 1");
        using var small = new PitchModel(1);
        Should.Throw<ArgumentException>(() => new StreamingSession(small, (scoped in SpeechResult _) => { })).Message.ShouldContain("less than 2 s");

        static void Refused(StreamingOptions options, string message)
        {
            using var model = new PitchModel();
            Should.Throw<ArgumentException>(() => new StreamingSession(model, (scoped in SpeechResult _) => { }, options)).Message.ShouldContain(message);
        }
    }

    [Fact]
    public void A_chunk_allocates_nothing()
    {
        using var model = new PitchModel(4);
        int results = 0;
        var stream = new StreamingSession(model, (scoped in SpeechResult _) => results++, Partials);
        float[] pcm = new Recordings().Noise(1, 0.001).Word("ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEF").Noise(1, 0.001).Word("AB").Noise(1, 0.001).Samples;
        void All()
        {
            for (int first = 0; first < pcm.Length; first += 1000)
            {
                stream.Push(pcm.AsSpan(first, Math.Min(1000, pcm.Length - first)));
            }

            stream.Finish();
        }

        All();
        results.ShouldBeGreaterThan(10);
        Allocations.Of(All).ShouldBe(0);
    }

    private static double Seconds(int frame) => ((frame * 320) + 200) / 16000.0;

    private static float[] Conversation() => new Recordings()
        .Noise(0.7, 0.001).Word("ABC").Noise(0.2, 0.001).Word("FED").Noise(0.9, 0.02).Word("CAFE", 0.5).Noise(0.5, 0.02).Word("BAD", 0.1)
        .Silence(1.2).Word("FACADEFACADE").Silence(0.6).Word("BEAD").Noise(0.05, 0.001).Samples;

    private static List<Told> Run(float[] pcm, int chunk, StreamingOptions? options = null, PitchModel? model = null)
    {
        var told = new List<Told>();
        var stream = new StreamingSession(model ?? new PitchModel(), (scoped in SpeechResult result) => told.Add(new Told(result)), options);
        for (int first = 0; first < pcm.Length; first += chunk)
        {
            stream.Push(pcm.AsSpan(first, Math.Min(chunk, pcm.Length - first)));
        }

        stream.Finish();
        return told;
    }

    /// <summary>A stream that gives a few bytes at a time, as pipes do.</summary>
    private sealed class Trickle(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public bool Breaks { get; init; }

        public override int Read(byte[] buffer, int offset, int count) =>
            Breaks && Position >= 10 * piece ? throw new IOException("The pipe broke.") : base.Read(buffer, offset, Math.Min(count, piece));
    }

    /// <summary>A result that outlives its call; equal if all of it is.</summary>
    private sealed record Told(bool IsFinal, long Start, long End, string Text, CtcToken[] Tokens, float Confidence)
    {
        public Told(in SpeechResult result)
            : this(result.IsFinal, result.StartSample, result.EndSample, result.Text.ToString(), result.Tokens.ToArray(), result.Confidence)
        {
            result.Samples.Length.ShouldBeGreaterThan(0);
            foreach (CtcToken token in Tokens)
            {
                token.FirstFrame.ShouldBeGreaterThanOrEqualTo(result.FirstFrame);
                token.EndFrame.ShouldBeLessThanOrEqualTo(result.FirstFrame + (result.Logits.Length / 8));
            }
        }

        public bool Equals(Told? other) => other is not null && (IsFinal, Start, End, Text, Confidence) == (other.IsFinal, other.Start, other.End, other.Text, other.Confidence)
            && Tokens.AsSpan().SequenceEqual(other.Tokens);

        public override int GetHashCode() => HashCode.Combine(IsFinal, Start, End, Text);
    }
}
