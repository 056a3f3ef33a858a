using static StableQuant.Audio.Tests.WaveBytes;

namespace StableQuant.Audio.Tests;

public class ChannelTests
{
    private const int Samples = 1600;

    private static readonly float[] Voice = [.. Enumerable.Range(0, Samples).Select(i => (float)(0.5 * Math.Sin(i * 0.1)))];

    private static byte[] Wav(params Func<int, float>[] channels)
    {
        byte[] data = [.. Enumerable.Range(0, Samples).SelectMany(i => channels.SelectMany(channel => BitConverter.GetBytes(channel(i))))];
        return File(Float, 32, data, channels.Length);
    }

    private static AudioClip Read(byte[] wav, ChannelChoice channels = default) => WavFile.Read(wav, "test.wav", channels);

    [Fact]
    public void A_channel_is_had_by_its_number_and_each_by_itself()
    {
        byte[] wav = Wav(i => Voice[i], i => i, _ => -1);
        Read(wav, ChannelChoice.Number(1)).Samples.ShouldBe(Voice);
        Read(wav, ChannelChoice.Number(3)).Channels.ShouldHaveSingleItem().ShouldAllBe(sample => sample == -1);
        AudioClip each = Read(wav, ChannelChoice.Each);
        each.Channels.Count.ShouldBe(3);
        each.Channels[1][1599].ShouldBe(1599);
        each.Samples.ShouldBe(Voice);
    }

    [Fact]
    public void A_channel_that_the_recording_lacks_is_refused_with_those_it_has()
    {
        Should.Throw<AudioFormatException>(() => Read(Wav(i => i, i => i), ChannelChoice.Number(3))).Message.ShouldContain("test.wav: has 2 channels, no channel 3; choose one of 1 to 2");
        Should.Throw<AudioFormatException>(() => Read(Wav(i => i), ChannelChoice.Number(2))).Message.ShouldContain("has 1 channel, no channel 2");
    }

    [Fact]
    public void Six_channels_are_mixed_by_their_mean()
    {
        byte[] extensible = Riff(Chunk("fmt ", Extensible(Pcm, 16, 16, channels: 6, mask: 0x3F)), Chunk("data", [6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 0]));
        AudioClip clip = Read(extensible);
        clip.Samples.ShouldBe([3 / 32768f]);
        clip.Notes.ShouldBeEmpty();
    }

    public static TheoryData<string, float, float> Opposites => new()
    {
        { "the other way round", -1, 0 },
        { "the other way round and quieter", -0.9f, 0 },
        { "the other way round and louder", -1.2f, 0 },
        { "the other way round, on an offset that both have", -1, 0.3f },
    };

    [Theory]
    [MemberData(nameof(Opposites))]
    public void Channels_that_cancel_each_other_are_not_mixed_to_silence(string why, float gain, float offset)
    {
        AudioClip clip = Read(Wav(i => Voice[i] + offset, i => (gain * Voice[i]) + offset));
        int louder = gain < -1 ? 2 : 1;
        clip.Samples.ShouldBe([.. Voice.Select(v => (louder == 2 ? gain * v : v) + offset)], why);
        clip.Notes.ShouldHaveSingleItem().ShouldContain($"the 2 channels cancel each other, their mean is next to silence: channel {louder}, the loudest, was taken");
    }

    [Fact]
    public void Four_channels_in_pairs_that_cancel_each_other_give_the_loudest() =>
        Read(Wav(i => 0.1f * Voice[i], i => -0.1f * Voice[i], i => Voice[i], i => -Voice[i])).Samples.ShouldBe(Voice);

    public static TheoryData<string, Func<int, float>> Mixed => new()
    {
        { "the same", i => Voice[i] },
        { "silence", _ => 0 },
        { "another sound", i => (float)(0.5 * Math.Sin(i * 0.37)) },
        { "a quarter turned", i => (float)(0.5 * Math.Cos(i * 0.1)) },
    };

    [Theory]
    [MemberData(nameof(Mixed))]
    public void Channels_that_do_not_cancel_each_other_are_mixed(string why, Func<int, float> other)
    {
        AudioClip clip = Read(Wav(i => Voice[i], other));
        clip.Samples.ShouldBe([.. Voice.Select((v, i) => (float)(((double)v + other(i)) / 2))], why);
        clip.Notes.ShouldBeEmpty();
    }

    [Fact]
    public void Silence_on_all_channels_stays_silence_without_a_note()
    {
        AudioClip clip = Read(Wav(_ => 0, _ => 0));
        clip.Samples.ShouldAllBe(sample => sample == 0);
        clip.Notes.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("mix", true, null)]
    [InlineData("each", true, null)]
    [InlineData("1", true, 1)]
    [InlineData("65535", true, 65535)]
    [InlineData("0", false, null)]
    [InlineData("-1", false, null)]
    [InlineData("+1", false, null)]
    [InlineData("1.0", false, null)]
    [InlineData("left", false, null)]
    [InlineData("", false, null)]
    [InlineData(null, false, null)]
    [InlineData("99999999999", false, null)]
    public void A_choice_is_read_from_its_text(string? text, bool isOne, int? number)
    {
        ChannelChoice.TryParse(text, out ChannelChoice choice).ShouldBe(isOne);
        choice.ChannelNumber.ShouldBe(number);
        if (isOne)
        {
            choice.ToString().ShouldBe(text);
        }
    }

    [Fact]
    public void Numbers_begin_at_one() => Should.Throw<ArgumentOutOfRangeException>(() => ChannelChoice.Number(0));
}
