using System.Buffers.Binary;
using System.Text;

namespace StableQuant.Audio.Tests;

/// <summary>Writes WAV files byte by byte, right or wrong as a test wants them.</summary>
internal static class WaveBytes
{
    public const int Pcm = 1;
    public const int Float = 3;
    public const int ALaw = 6;
    public const int MuLaw = 7;

    /// <summary>A whole file: RIFF, fmt, data.</summary>
    public static byte[] File(int tag, int bits, byte[] data, int channels = 1, int rate = 16000) =>
        Riff(Chunk("fmt ", Format(tag, bits, channels, rate)), Chunk("data", data));

    public static byte[] Riff(params byte[][] chunks)
    {
        byte[] body = [.. "WAVE"u8, .. chunks.SelectMany(c => c)];
        return Chunk("RIFF", body);
    }

    /// <summary>A chunk with its padding byte; <paramref name="declared"/> replaces the true length.</summary>
    public static byte[] Chunk(string name, byte[] body, uint? declared = null)
    {
        byte[] padding = body.Length % 2 == 0 ? [] : [0];
        return [.. Encoding.ASCII.GetBytes(name), .. U32(declared ?? (uint)body.Length), .. body, .. padding];
    }

    public static byte[] Format(int tag, int bits, int channels = 1, int rate = 16000) =>
    [
        .. U16(tag), .. U16(channels), .. U32((uint)rate),
        .. U32((uint)(rate * channels * (bits / 8))), .. U16(channels * (bits / 8)), .. U16(bits),
    ];

    /// <summary>A format whose bytes a frame and a second are not what channels and bits make.</summary>
    public static byte[] FormatWith(int bits, int channels, int blockAlign, uint byteRate, int tag = Pcm) =>
        [.. Format(tag, bits, channels)[..8], .. U32(byteRate), .. U16(blockAlign), .. U16(bits)];

    public static byte[] Extensible(int subtype, int bits, int validBits, int channels = 1, int rate = 16000, uint mask = 0) =>
    [
        .. Format(0xFFFE, bits, channels, rate), .. U16(22), .. U16(validBits), .. U32(mask),
        .. new Guid($"{subtype:X8}-0000-0010-8000-00AA00389B71").ToByteArray(),
    ];

    public static byte[] U16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        return bytes;
    }

    public static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    public static AudioClip Read(byte[] file) => WavFile.Read(new MemoryStream(file), "test.wav");

    /// <summary>The same bytes through a stream that cannot seek, as from a pipe.</summary>
    public static AudioClip ReadPiped(byte[] file) => WavFile.Read(new Pipe(file), "pipe");

    /// <summary>Gives a few bytes at a time and knows nothing of its length.</summary>
    public sealed class Pipe(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(7, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(7, count));
    }
}
