using System.Buffers.Binary;
using static StableQuant.Audio.Tests.WaveBytes;

namespace StableQuant.Audio.Tests;

/// <summary>Headers that are wrong in a way that leaves no doubt about the sound: it is read, and a note tells.</summary>
public class WavToleranceTests
{
    private static readonly byte[] ValidFormat = Chunk("fmt ", Format(Pcm, 16));
    private static readonly byte[] Sound = [1, 0, 2, 0];
    private static readonly byte[] ValidData = Chunk("data", Sound);
    private static readonly byte[] List = Chunk("LIST", [.. "INFOISFT"u8, 2, 0, 0, 0, .. "ab"u8]);

    public static TheoryData<string, string, byte[]> Faults => new()
    {
        { "a length that grew no more", "declares 1000 bytes, but the file holds 4", Riff(ValidFormat, Chunk("data", Sound, 1000)) },
        { "two bytes too many", "declares 6 bytes, but the file holds 4", Riff(ValidFormat, Chunk("data", Sound, 6)) },
        { "two gigabytes", "declares 2147483000 bytes", Riff(ValidFormat, Chunk("data", Sound, 2147483000)) },
        { "a placeholder of node", "declares 4294967195 bytes", Riff(ValidFormat, Chunk("data", Sound, 0xFFFF_FF9B)) },
        { "a placeholder of another", "declares 4294905856 bytes", Riff(ValidFormat, Chunk("data", Sound, 0xFFFF_1000)) },
        { "no length", "does not say how long the data are", Riff(ValidFormat, Chunk("data", Sound, 0)) },
        { "an incomplete frame", "end with 1 bytes of an incomplete frame of 2", Riff(ValidFormat, Chunk("data", [.. Sound, 9], 5)) },
        { "no length and an incomplete frame", "end with 1 bytes of an incomplete frame of 2", [.. Riff(ValidFormat, Chunk("data", [], 0)), .. Sound, 9] },
        { "no bytes a frame", "declares 0 bytes a frame", Riff(Chunk("fmt ", FormatWith(16, 1, 0, 32000)), ValidData) },
        { "bytes a frame of one byte", "declares 1 bytes a frame", Riff(Chunk("fmt ", FormatWith(16, 1, 1, 16000)), ValidData) },
        { "bytes a frame of three", "declares 3 bytes a frame", Riff(Chunk("fmt ", FormatWith(16, 1, 3, 32000)), ValidData) },
        { "bytes a frame as of stereo", "declares 4 bytes a frame", Riff(Chunk("fmt ", FormatWith(16, 1, 4, 64000)), ValidData) },
        { "most bytes a frame", "declares 65535 bytes a frame", Riff(Chunk("fmt ", FormatWith(16, 1, 65535, 1)), ValidData) },
        { "no bytes a second", "declares 0 bytes a second", Riff(Chunk("fmt ", FormatWith(16, 1, 2, 0)), ValidData) },
        { "frames a second for bytes", "declares 16000 bytes a second", Riff(Chunk("fmt ", FormatWith(16, 1, 2, 16000)), ValidData) },
        { "most bytes a second", "declares 4294967295 bytes a second", Riff(Chunk("fmt ", FormatWith(16, 1, 2, uint.MaxValue)), ValidData) },
        { "an odd list without its padding", "padding is missing behind the chunk 'LIST'", Riff(ValidFormat, Unpadded("LIST", new byte[5]), ValidData) },
        { "an odd first chunk without its padding", "padding is missing behind the chunk 'bext'", Riff(Unpadded("bext", new byte[603]), ValidFormat, ValidData) },
        { "an odd format without its padding", "padding is missing behind the chunk 'fmt '", Riff(Unpadded("fmt ", [.. Format(Pcm, 16), 0]), ValidData) },
        { "two odd chunks without their padding", "padding is missing behind the chunk 'abcd'", Riff(ValidFormat, Unpadded("abcd", [1]), Unpadded("wxyz", [1, 2, 3]), ValidData) },
        { "odd data first without their padding", "padding is missing behind the chunk 'data'", Riff(Unpadded("data", [.. Sound, 7]), ValidFormat) },
        { "a tag before the header", "an ID3 tag of 20 bytes", [.. Id3(new byte[10]), .. Riff(ValidFormat, ValidData)] },
        { "a tag of many bytes", "an ID3 tag of 20010 bytes", [.. Id3(new byte[20_000]), .. Riff(ValidFormat, ValidData)] },
        { "a tag with a footer", "an ID3 tag of 25 bytes", [.. Id3(new byte[5], footer: true), .. Riff(ValidFormat, ValidData)] },
        { "two tags", "an ID3 tag of 11 bytes", [.. Id3(new byte[5]), .. Id3([1]), .. Riff(ValidFormat, ValidData)] },
        { "RF64 without sizes", "declares 4294967295 bytes, but the file holds 4", Rf64("RF64", ValidFormat, Chunk("data", Sound, uint.MaxValue)) },
        { "RF64 that promises too much", "declares 1099511627776 bytes, but the file holds 4", Rf64("RF64", Sizes(1L << 40), ValidFormat, Chunk("data", Sound, uint.MaxValue)) },
        { "RF64 that promises all there is", "declares 9223372036854775807 bytes", Rf64("RF64", Sizes(-1), ValidFormat, Chunk("data", Sound, uint.MaxValue)) },
    };

    public static TheoryData<string, byte[]> Sixteens => new()
    {
        { "RF64", Rf64("RF64", Sizes(4), ValidFormat, Chunk("data", Sound, uint.MaxValue), List) },
        { "BW64", Rf64("BW64", Sizes(4), ValidFormat, Chunk("data", Sound, uint.MaxValue), List) },
        { "RF64 with a size of its own", Rf64("RF64", Sizes(1000), ValidFormat, ValidData, List) },
        { "RF64 with a longer table", Rf64("RF64", Chunk("ds64", [.. new byte[8], .. U64(4), .. new byte[8], 1, 0, 0, 0, .. "LIST"u8, .. U64(22)]), ValidFormat, Chunk("data", Sound, uint.MaxValue), List) },
        { "sizes far behind", Rf64("RF64", ValidFormat, List, Sizes(4), Chunk("data", Sound, uint.MaxValue), List) },
        { "a RIFF size of nothing", [.. "RIFF"u8, 0, 0, 0, 0, .. Riff(ValidFormat, ValidData)[8..]] },
        { "a RIFF size beyond the file", [.. "RIFF"u8, 255, 255, 255, 255, .. Riff(ValidFormat, ValidData)[8..]] },
        { "empty data before the real ones", Riff(ValidFormat, Chunk("data", []), List, ValidData) },
        { "more valid bits than there are", Riff(Chunk("fmt ", Extensible(Pcm, 16, 17)), ValidData) },
        { "a wrong cbSize", Riff(Chunk("fmt ", [.. Extensible(Pcm, 16, 16)[..16], 2, 0, .. Extensible(Pcm, 16, 16)[18..]]), ValidData) },
        { "a mask of all loudspeakers", Riff(Chunk("fmt ", Extensible(Pcm, 16, 16, mask: uint.MaxValue)), ValidData) },
        { "Ambisonic B-format", Riff(Chunk("fmt ", [.. Extensible(Pcm, 16, 16)[..24], 1, 0, .. new Guid("00000001-0721-11D3-8644-C8C1CA000000").ToByteArray()[2..]]), ValidData) },
        { "12 bits in 2 bytes", Riff(Chunk("fmt ", FormatWith(12, 1, 2, 32000)), ValidData) },
        { "14 bits in 2 bytes", Riff(Chunk("fmt ", FormatWith(14, 1, 2, 32000)), ValidData) },
        { "15 valid bits of 16", Riff(Chunk("fmt ", Extensible(Pcm, 16, 15)), ValidData) },
    };

    public static TheoryData<string, int, int, uint, byte[]> Containers => new()
    {
        { "24 bits in 4 bytes", 24, 4, 64000, [0, 1, 2, 3, 0, 0xFF, 0xFF, 0xFF] },
        { "24 bits in 4 bytes, no bytes a second", 24, 4, 0, [0, 1, 2, 3, 0, 0xFF, 0xFF, 0xFF] },
        { "20 bits in 4 bytes", 20, 4, 64000, [0, 1, 2, 3, 0, 0xFF, 0xFF, 0xFF] },
        { "18 bits in 4 bytes", 18, 4, 64000, [0, 1, 2, 3, 0, 0xFF, 0xFF, 0xFF] },
        { "12 bits in 4 bytes", 12, 4, 64000, [0, 1, 2, 3, 0, 0xFF, 0xFF, 0xFF] },
        { "24 bits in 3 bytes", 24, 3, 48000, [1, 2, 3, 0xFF, 0xFF, 0xFF] },
        { "24 bits, wrong bytes a frame", 24, 1, 48000, [1, 2, 3, 0xFF, 0xFF, 0xFF] },
        { "24 bits, bytes a frame of 4 against those a second", 24, 4, 48000, [1, 2, 3, 0xFF, 0xFF, 0xFF] },
        { "20 bits in 3 bytes", 20, 3, 48000, [1, 2, 3, 0xFF, 0xFF, 0xFF] },
        { "20 bits in 3 bytes, nothing said", 20, 0, 0, [1, 2, 3, 0xFF, 0xFF, 0xFF] },
        { "24 bits in 8 bytes", 24, 8, 128000, [0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF] },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_of_the_header_is_read_over_and_noted(string why, string note, byte[] file)
    {
        float[] expected = [1 / 32768f, 2 / 32768f];
        foreach (AudioClip clip in new[] { Read(file), ReadPiped(file) })
        {
            clip.Samples.ShouldBe(expected, why);
            clip.Notes.ShouldContain(n => n.Contains(note, StringComparison.Ordinal), $"{why}: {string.Join(" | ", clip.Notes)}");
            clip.Notes.ShouldAllBe(n => n.StartsWith("byte ", StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Sixteens))]
    public void What_is_right_or_says_nothing_of_the_sound_is_read_without_a_note(string why, byte[] file)
    {
        foreach (AudioClip clip in new[] { Read(file), ReadPiped(file) })
        {
            clip.Samples.ShouldBe([1 / 32768f, 2 / 32768f], why);
            clip.Notes.ShouldBeEmpty(why);
        }
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public void Bits_that_fill_no_container_are_left_justified_in_the_one_that_frames_speak_of(string why, int bits, int blockAlign, uint byteRate, byte[] data)
    {
        float[] samples = [0x030201 / 8388608f, -1 / 8388608f];
        Read(Riff(Chunk("fmt ", FormatWith(bits, 1, blockAlign, byteRate)), Chunk("data", data))).Samples.ShouldBe(samples, why);
    }

    [Fact]
    public void Containers_count_in_stereo_and_in_the_extensible_format_too()
    {
        byte[] data = [0, 1, 2, 3, 0, 0xFF, 0xFF, 0xFF];
        byte[] extensible = [.. Extensible(Pcm, 24, 24, channels: 2)[..8], .. U32(128000), .. U16(8), .. Extensible(Pcm, 24, 24, channels: 2)[14..]];
        foreach (byte[] format in new[] { FormatWith(24, 2, 8, 128000), extensible })
        {
            AudioClip clip = WavFile.Read(Riff(Chunk("fmt ", format), Chunk("data", data)), "stereo", ChannelChoice.Each);
            clip.Channels.ShouldBe([[0x030201 / 8388608f], [-1 / 8388608f]]);
            clip.Notes.ShouldBeEmpty();
        }
    }

    [Fact]
    public void Integers_of_64_bits_and_companded_samples_with_other_bits_are_read()
    {
        Read(File(Pcm, 64, [0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40])).Samples.ShouldBe([-1f, 0.5f]);
        Read(Riff(Chunk("fmt ", FormatWith(16, 1, 1, 16000, MuLaw)), Chunk("data", [0x80, 0xFF]))).Samples.ShouldBe([32124 / 32768f, 0]);
    }

    [Fact]
    public void Sizes_of_RF64_end_the_data_where_the_header_cannot()
    {
        byte[] file = Rf64("RF64", Sizes(2), ValidFormat, Chunk("data", Sound, uint.MaxValue));
        Read(file).Samples.ShouldBe([1 / 32768f]);
        ReadPiped(file).Samples.ShouldBe([1 / 32768f]);
    }

    private static byte[] Unpadded(string name, byte[] body) => [.. Chunk(name, body)[..(8 + body.Length)]];

    private static byte[] Id3(byte[] body, bool footer = false) =>
    [
        .. "ID3"u8, 4, 0, (byte)(footer ? 0x10 : 0), 0, (byte)(body.Length >> 14), (byte)((body.Length >> 7) & 0x7F), (byte)(body.Length & 0x7F),
        .. body, .. footer ? new byte[10] : [],
    ];

    private static byte[] Rf64(string magic, params byte[][] chunks) =>
        [.. System.Text.Encoding.ASCII.GetBytes(magic), 255, 255, 255, 255, .. "WAVE"u8, .. chunks.SelectMany(c => c)];

    private static byte[] Sizes(long data) => Chunk("ds64", [.. U64(0), .. U64(data), .. U64(0), .. U32(0)]);

    private static byte[] U64(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
