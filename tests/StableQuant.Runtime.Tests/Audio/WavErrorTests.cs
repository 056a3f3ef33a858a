using static StableQuant.Audio.Tests.WaveBytes;

namespace StableQuant.Audio.Tests;

public class WavErrorTests
{
    private static readonly byte[] ValidFormat = Chunk("fmt ", Format(Pcm, 16));
    private static readonly byte[] ValidData = Chunk("data", [1, 0, 2, 0]);

    private static byte[] Patched(int offset, params byte[] value)
    {
        byte[] body = Format(Pcm, 16);
        value.CopyTo(body, offset);
        return Riff(Chunk("fmt ", body), ValidData);
    }

    public static TheoryData<string, long, string, byte[]> Lies => new()
    {
        { "empty file", 0, "the file is empty", [] },
        { "half a magic", 2, "ends inside the RIFF header", [.. "RI"u8] },
        { "half a header", 10, "after 10 of 12 bytes", [.. "RIFF"u8, 0, 0, 0, 0, .. "WA"u8] },
        { "another format", 0, "FLAC, not WAV; only WAV is read without help: install ffmpeg, or convert", [.. "fLaC"u8, .. new byte[40]] },
        { "binary", 0, "begins with 0x00010203", [0, 1, 2, 3, .. new byte[40]] },
        { "RIFX", 0, "big-endian WAV (RIFX), not WAV", [.. "RIFX"u8, .. new byte[40]] },
        { "RF64 of no kind", 8, "a RIFF file of the kind 0x00000000, not WAV", [.. "RF64"u8, .. new byte[40]] },
        { "AVI", 8, "AVI, not WAV", [.. "RIFF"u8, 0, 0, 0, 0, .. "AVI "u8] },
        { "no chunks", 12, "without a 'fmt ' chunk", Riff() },
        { "no data", 36, "without a 'data' chunk", Riff(ValidFormat) },
        { "no format", 24, "without a 'fmt ' chunk", Riff(ValidData) },
        { "short format", 16, "declares 14 bytes", Riff(Chunk("fmt ", new byte[14]), ValidData) },
        { "cut format", 16, "ends after 10 of them", Riff(Chunk("fmt ", Format(Pcm, 16)[..10], 16)) },
        { "two formats", 36, "a second 'fmt ' chunk", Riff(ValidFormat, ValidFormat, ValidData) },
        { "two data before a format", 24, "a second 'data' chunk", Riff(ValidData, ValidData, ValidFormat) },
        { "empty data", 36, "holds no audio", Riff(ValidFormat, Chunk("data", [])) },
        { "empty data, meant", 36, "holds no audio", Riff(ValidFormat, Chunk("data", []), Chunk("LIST", new byte[8])) },
        { "empty data first", 12, "holds no audio", Riff(Chunk("data", []), ValidFormat) },
        { "early data longer", 16, "declares 4000000000 bytes", Riff(Chunk("data", [1, 0, 2, 0], 4000000000), ValidFormat) },
        { "early data somewhat longer", 16, "'data' declares 1000 bytes, but the file ends after 28", Riff(Chunk("data", [1, 0, 2, 0], 1000), ValidFormat) },
        { "chunk longer than the file", 16, "the chunk 'LIST' declares 4000000000 bytes", Riff(Chunk("LIST", new byte[8], 4000000000), ValidFormat, ValidData) },
        { "no channels", 22, "0 channels", Patched(2, 0, 0) },
        { "a rate of 0", 24, "0 samples a second", Patched(4, 0, 0, 0, 0) },
        { "a rate of 999", 24, "999 samples a second", Patched(4, 0xE7, 3) },
        { "a rate of 4 billion", 24, "4294967295 samples a second", Patched(4, 255, 255, 255, 255) },
        { "ADPCM", 20, "the encoding is IMA ADPCM; only WAV is read", Patched(0, 0x11) },
        { "unknown encoding", 20, "the encoding is 0x0123", Patched(0, 0x23, 1) },
        { "floats of 24 bits", 34, "samples of 24 bits are not read here in IEEE float", Riff(Chunk("fmt ", Format(Float, 24)), ValidData) },
        { "40 bits", 34, "samples of 40 bits are not read here in PCM", Riff(Chunk("fmt ", Format(Pcm, 40)), ValidData) },
        { "no bits", 34, "samples of 0 bits", Riff(Chunk("fmt ", Format(Pcm, 0)), ValidData) },
        { "nothing behind a tag", 10, "ends behind its ID3 tag", [.. "ID3"u8, 4, 0, 0, 0, 0, 0, 0] },
        { "a tag beyond the file", 6, "the ID3 tag declares 138 bytes", [.. "ID3"u8, 4, 0, 0, 0, 0, 1, 0, .. Riff(ValidFormat, ValidData)] },
        { "MP3 behind a tag", 10, "MP3, not WAV", [.. "ID3"u8, 4, 0, 0, 0, 0, 0, 0, 0xFF, 0xFB, 0x90, 0x64] },
        { "a page of a server", 0, "an HTML page, not a recording", [.. "<!DOCTYPE html><html>"u8] },
        { "a pointer of Git LFS", 0, "git lfs pull", [.. "version https://git-lfs.github.com/spec/v1"u8] },
        { "a chunk of sizes that is cut", 16, "'ds64' declares 28 bytes", [.. "RF64"u8, 255, 255, 255, 255, .. "WAVEds64"u8, 28, 0, 0, 0, 1, 2] },
        { "short extensible", 20, "WAVE_FORMAT_EXTENSIBLE", Riff(Chunk("fmt ", Format(0xFFFE, 16)), ValidData) },
        { "unknown subtype", 44, "subtype", Riff(Chunk("fmt ", [.. Extensible(Pcm, 16, 16)[..26], .. new byte[14]]), ValidData) },
        { "NaN", 48, "not a finite number", File(Float, 32, [0, 0, 0, 0, 0, 0, 0xC0, 0x7F]) },
        { "infinity", 44, "not a finite number", File(Float, 32, [0, 0, 0x80, 0xFF]) },
        { "beyond float", 44, "not a finite number", File(Float, 64, [0, 0, 0, 0, 0, 0, 0xE0, 0x7F]) },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_lie_is_told_with_its_place(string why, long position, string message, byte[] file)
    {
        foreach (Func<byte[], AudioClip> read in new[] { Read, ReadPiped })
        {
            var error = Should.Throw<AudioFormatException>(() => read(file), why);
            error.Message.ShouldContain(message);
            error.Position.ShouldBe(position, why);
            error.Message.ShouldStartWith($"{error.FileName}: byte {position}: ");
        }
    }

    [Fact]
    public void A_lying_length_costs_no_memory()
    {
        byte[] file = Riff(ValidFormat, Chunk("data", new byte[1000], 2_000_000_000));
        ReadPiped(file).Samples.Length.ShouldBe(500);
        long before = GC.GetAllocatedBytesForCurrentThread();
        _ = ReadPiped(file);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }
}
