using System.Buffers.Binary;

namespace StableQuant.Package.Tests.InBrowser;

/// <summary>Writes a FLAC file without compressing it: a form that browsers decode and the library does not.</summary>
internal static class FlacFile
{
    private const int BlockSamples = 4096, SampleRate = 16000;

    /// <summary>Makes a file of samples at 16 kHz, in −1 … 1, as 16-bit integers.</summary>
    public static byte[] Of(float[] samples)
    {
        var file = new List<byte>("fLaC"u8.ToArray()) { 0x80, 0, 0, 34 };
        file.AddRange([BlockSamples >> 8, BlockSamples & 255, BlockSamples >> 8, BlockSamples & 255, 0, 0, 0, 0, 0, 0]);

        // 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of samples; an MD5 that is not known.
        var format = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(format, (ulong)SampleRate << 44 | 15ul << 36 | (uint)samples.Length);
        file.AddRange([.. format, .. new byte[16]]);
        foreach ((int index, float[] block) in samples.Chunk(BlockSamples).Index())
        {
            // Blocks of one size, which follows in 16 bits; 16 kHz; one channel; 16 bits; the block's number.
            List<byte> frame = [0xFF, 0xF8, 0x75, 0x08, checked((byte)index), (byte)((block.Length - 1) >> 8), (byte)(block.Length - 1)];
            frame.Add((byte)Crc(frame, 8, 0x07));

            // One subframe, verbatim.
            frame.Add(0x02);
            frame.AddRange(block.Select(sample => (short)(sample * 32768)).SelectMany(sample => new[] { (byte)(sample >> 8), (byte)sample }));
            int crc = Crc(frame, 16, 0x8005);
            file.AddRange([.. frame, (byte)(crc >> 8), (byte)crc]);
        }

        return [.. file];
    }

    private static int Crc(IEnumerable<byte> bytes, int bits, int polynomial)
    {
        int crc = 0;
        foreach (byte value in bytes)
        {
            crc ^= value << (bits - 8);
            for (int i = 0; i < 8; i++)
            {
                crc = (crc << 1) ^ ((crc >> (bits - 1) & 1) * polynomial);
            }
        }

        return crc & ((1 << bits) - 1);
    }
}
