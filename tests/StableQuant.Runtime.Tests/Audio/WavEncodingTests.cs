using static StableQuant.Audio.Tests.WaveBytes;

namespace StableQuant.Audio.Tests;

public class WavEncodingTests
{
    [Fact]
    public void Pcm_of_8_bits_is_offset_binary() =>
        Read(File(Pcm, 8, [0x00, 0x80, 0xFF, 0xC0])).Samples.ShouldBe([-1f, 0f, 127 / 128f, 0.5f]);

    [Fact]
    public void Pcm_of_16_bits_is_exactly_a_32768th_a_step()
    {
        byte[] data = new byte[65536 * 2];
        for (int i = 0; i < 65536; i++)
        {
            U16(i).CopyTo(data, 2 * i);
        }

        float[] samples = Read(File(Pcm, 16, data)).Samples;
        for (int i = 0; i < 65536; i++)
        {
            samples[i].ShouldBe((short)i / 32768f);
        }
    }

    [Fact]
    public void Pcm_of_24_bits_keeps_every_bit() =>
        Read(File(Pcm, 24, [0x00, 0x00, 0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x56, 0x34, 0x12]))
            .Samples.ShouldBe([-1f, -1 / 8388608f, 8388607 / 8388608f, 0x123456 / 8388608f]);

    [Fact]
    public void Pcm_of_32_bits_is_rounded_to_float() =>
        Read(File(Pcm, 32, [0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x40, 0x01, 0x00, 0x00, 0x00]))
            .Samples.ShouldBe([-1f, 0.5f, 1 / 2147483648f]);

    [Fact]
    public void Float_of_32_bits_is_passed_on_even_over_full_scale() =>
        Read(File(Float, 32, [0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x00, 0xC0])).Samples.ShouldBe([1f, -2f]);

    [Fact]
    public void Float_of_64_bits_is_rounded_to_float() =>
        Read(File(Float, 64, [0x9A, 0x99, 0x99, 0x99, 0x99, 0x99, 0xB9, 0x3F, 0, 0, 0, 0, 0, 0, 0xE0, 0xBF])).Samples.ShouldBe([0.1f, -0.5f]);

    // ITU-T G.711 table 2: decoder outputs 8031, 4191, 3999, 2079, 99, 33, 2, 0 at 14 bits, here times 4.
    [Theory]
    [InlineData(0x80, 32124)]
    [InlineData(0x00, -32124)]
    [InlineData(0x8F, 16764)]
    [InlineData(0x90, 15996)]
    [InlineData(0x9F, 8316)]
    [InlineData(0xDF, 396)]
    [InlineData(0xEF, 132)]
    [InlineData(0xFE, 8)]
    [InlineData(0x7E, -8)]
    [InlineData(0xFF, 0)]
    [InlineData(0x7F, 0)]
    public void Mu_law_expands_as_in_the_tables_of_G711(byte code, int expected) =>
        Read(File(MuLaw, 8, [code])).Samples.ShouldBe([expected / 32768f]);

    // ITU-T G.711 table 1: decoder outputs 4032, 2112, 2016, 1056, 33, 1 at 13 bits, here times 8; even bits inverted.
    [Theory]
    [InlineData(0xAA, 32256)]
    [InlineData(0x2A, -32256)]
    [InlineData(0xA5, 16896)]
    [InlineData(0xBA, 16128)]
    [InlineData(0xB5, 8448)]
    [InlineData(0xF5, 528)]
    [InlineData(0xD5, 8)]
    [InlineData(0x55, -8)]
    public void A_law_expands_as_in_the_tables_of_G711(byte code, int expected) =>
        Read(File(ALaw, 8, [code])).Samples.ShouldBe([expected / 32768f]);

    [Fact]
    public void Companded_codes_are_odd_and_monotonic()
    {
        byte[] mu = [.. Enumerable.Range(0, 128).Select(i => (byte)(0xFF - i))];
        byte[] a = [.. Enumerable.Range(0, 128).Select(i => (byte)((0x80 | i) ^ 0x55))];
        foreach ((int tag, byte[] codes) in new[] { (MuLaw, mu), (ALaw, a) })
        {
            float[] positive = Read(File(tag, 8, codes)).Samples;
            float[] negative = Read(File(tag, 8, [.. codes.Select(c => (byte)(c ^ 0x80))])).Samples;
            for (int i = 0; i < 128; i++)
            {
                negative[i].ShouldBe(-positive[i]);
                (i == 0 || positive[i] > positive[i - 1]).ShouldBeTrue();
            }
        }
    }

    [Theory]
    [InlineData(Pcm, 16, 16)]
    [InlineData(Pcm, 16, 12)]
    [InlineData(Pcm, 24, 20)]
    [InlineData(Pcm, 24, 0)]
    [InlineData(Pcm, 32, 24)]
    [InlineData(Pcm, 8, 8)]
    [InlineData(Float, 32, 32)]
    [InlineData(Float, 64, 64)]
    [InlineData(MuLaw, 8, 8)]
    [InlineData(ALaw, 8, 8)]
    public void Extensible_reads_like_the_plain_format(int subtype, int bits, int validBits)
    {
        byte[] data = [0x10, 0x20, 0x30, 0x3D, 0x40, 0x50, 0x60, 0x3D, 0x10, 0x20, 0x30, 0x3D, 0x40, 0x50, 0x60, 0x3D, 0, 0, 0, 0, 0, 0, 0, 0];
        AudioClip clip = Read(Riff(Chunk("fmt ", Extensible(subtype, bits, validBits)), Chunk("data", data)));
        clip.Samples.ShouldBe(Read(File(subtype, bits, data)).Samples);
    }

    [Fact]
    public void Channels_are_averaged() =>
        Read(File(Pcm, 16, [0x00, 0x40, 0x00, 0xC0, 0x00, 0x20, 0x00, 0x40], channels: 2)).Samples.ShouldBe([0f, 0.375f]);

    [Theory]
    [InlineData(1000)]
    [InlineData(44100)]
    [InlineData(768000)]
    public void The_sample_rate_is_told(int rate)
    {
        AudioClip clip = Read(File(Pcm, 16, [1, 0, 2, 0], rate: rate));
        clip.SampleRate.ShouldBe(rate);
        clip.Duration.ShouldBe(TimeSpan.FromSeconds(2.0 / rate));
    }
}
