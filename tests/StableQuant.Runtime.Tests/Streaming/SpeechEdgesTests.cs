using StableQuant.Streaming;

namespace StableQuant.Runtime.Tests.Streaming;

/// <summary>How far utterances reach beyond their loud speech.</summary>
public class SpeechEdgesTests
{
    private const int Rate = 16000;
    private const int Margin = Rate / 5;

    private static readonly SpeechEdges Edges = new(Rate, Margin);

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.01)]
    [InlineData(0)]
    public void A_weak_sound_belongs_to_the_speech_and_the_background_does_not(double background)
    {
        // 80 ms of sound next to the speech, four times as loud as the background.
        double weak = Math.Max(4 * background, 0.0005);
        float[] before = new Recordings().Noise(0.32, background).Noise(0.08, weak).Samples;
        Edges.Before(before).ShouldBeInRange(1120, 1440);
        float[] behind = new Recordings().Noise(0.08, weak).Noise(0.32, background).Samples;
        Edges.Behind(behind).ShouldBeInRange(1120, 1440);
    }

    [Theory]
    [InlineData(0.02, true)]
    [InlineData(0.06, false)]
    public void A_closure_is_bridged_and_a_pause_is_not(double gap, bool isBridged)
    {
        float[] behind = new Recordings().Noise(gap, 0.001).Noise(0.05, 0.02).Noise(0.3, 0.001).Samples;
        ((double)Edges.Behind(behind)).ShouldBe(isBridged ? (gap + 0.05) * Rate : 0, 160);
    }

    [Fact]
    public void No_more_than_the_margin_belongs_to_the_speech()
    {
        float[] behind = new Recordings().Noise(0.35, 0.02).Noise(0.05, 0.001).Samples;
        Edges.Behind(behind).ShouldBe(Margin);
        new SpeechEdges(Rate, 0).Behind(behind.AsSpan(behind.Length - (Rate / 5))).ShouldBe(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(159)]
    [InlineData(160)]
    [InlineData(479)]
    public void Without_30_ms_to_tell_the_background_by_nothing_belongs_to_the_speech(int samples)
    {
        float[] sound = new Recordings().Noise(0.1, 0.02).Samples[..samples];
        Edges.Before(sound).ShouldBe(0);
        Edges.Behind(sound).ShouldBe(0);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(150, 0, false)]
    [InlineData(170, 0, true)]
    [InlineData(320, 0, true)]
    [InlineData(0, 200, false)]
    public void A_frame_of_zeros_at_its_start_was_not_recorded(int zerosBefore, int zerosBehind, bool expected)
    {
        float[] frame = new Recordings().Noise(0.02, 0.02).Samples;
        frame.AsSpan(0, zerosBefore).Clear();
        frame.AsSpan(320 - zerosBehind).Clear();
        SpeechEdges.IsMostlyZero(frame).ShouldBe(expected);
    }
}
