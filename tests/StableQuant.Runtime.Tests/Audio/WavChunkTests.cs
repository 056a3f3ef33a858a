using static StableQuant.Audio.Tests.WaveBytes;

namespace StableQuant.Audio.Tests;

public class WavChunkTests
{
    private static readonly byte[] ValidFormat = Chunk("fmt ", Format(Pcm, 16));
    private static readonly byte[] ValidData = Chunk("data", [1, 0, 2, 0]);
    private static readonly float[] ValidSamples = [1 / 32768f, 2 / 32768f];

    public static TheoryData<string, byte[]> Orders => new()
    {
        { "plain", Riff(ValidFormat, ValidData) },
        { "data first", Riff(ValidData, ValidFormat) },
        { "unknown chunks around", Riff(Chunk("JUNK", new byte[28]), ValidFormat, Chunk("LIST", new byte[5000]), ValidData, Chunk("id3 ", new byte[9])) },
        { "odd chunks are padded", Riff(Chunk("odd ", [1, 2, 3]), ValidFormat, Chunk("fact", [1]), ValidData) },
        { "odd data first", Riff(Chunk("data", [0x80, 0x81, 0x82]), Chunk("fmt ", Format(Pcm, 8))) },
        { "cbSize of 0", Riff(Chunk("fmt ", [.. Format(Pcm, 16), 0, 0]), ValidData) },
        { "a longer format", Riff(Chunk("fmt ", [.. Format(Pcm, 16), .. new byte[51]]), ValidData) },
        { "rubbish behind", [.. Riff(ValidFormat, ValidData), 1, 2, 3] },
        { "a lie behind", [.. Riff(ValidFormat, ValidData), .. Chunk("LIST", [1], 1000)] },
        { "a wrong RIFF size", [.. "RIFF"u8, 0, 0, 0, 0, .. Riff(ValidFormat, ValidData)[8..]] },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public void Chunks_may_come_in_any_order(string why, byte[] file)
    {
        float[] expected = why == "odd data first" ? [0, 1 / 128f, 2 / 128f] : ValidSamples;
        Read(file).Samples.ShouldBe(expected, why);
        ReadPiped(file).Samples.ShouldBe(expected, why);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0x7FFF_F000u)]
    [InlineData(0x7FFF_FFFFu)]
    [InlineData(0x8000_0000u)]
    [InlineData(0xFFFF_FFFFu)]
    public void A_streamed_recording_is_read_to_its_end(uint length)
    {
        // One byte of the last frame is missing.
        byte[] file = [.. "RIFF"u8, .. U32(length), .. "WAVE"u8, .. ValidFormat, .. "data"u8, .. U32(length), 1, 0, 2, 0, 9];
        Read(file).Samples.ShouldBe(ValidSamples);
        ReadPiped(file).Samples.ShouldBe(ValidSamples);
    }

    [Fact]
    public void A_long_recording_survives_the_blocks()
    {
        byte[] data = new byte[3 * 100_001];
        new Random(1).NextBytes(data);
        float[] whole = Read(File(Pcm, 24, data)).Samples;
        whole.Length.ShouldBe(100_001);
        ReadPiped(File(Pcm, 24, data)).Samples.ShouldBe(whole);
        int last = (data[^3] | data[^2] << 8 | data[^1] << 16) << 8 >> 8;
        whole[^1].ShouldBe(last / 8388608f);
    }

    [Fact]
    public void Reading_begins_where_the_stream_stands()
    {
        var stream = new MemoryStream([7, 7, 7, .. Riff(ValidFormat, ValidData)]) { Position = 3 };
        WavFile.Read(stream, "behind").Samples.ShouldBe(ValidSamples);
    }

    [Fact]
    public void A_file_is_read_by_its_path_and_a_missing_one_is_an_IO_error()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".wav");
        Should.Throw<FileNotFoundException>(() => WavFile.Read(path));
        System.IO.File.WriteAllBytes(path, Riff(ValidFormat, ValidData));
        try
        {
            WavFile.Read(path).Samples.ShouldBe(ValidSamples);
            AudioFile.Load16k(path).ShouldBe(ValidSamples);
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }
}
