using System.Buffers.Binary;

namespace StableQuant.Audio.Wave;

/// <summary>Turns frames of bytes into floats, channel by channel.</summary>
internal static class SampleDecoder
{
    /// <summary>Decodes whole frames.</summary>
    /// <param name="format">The encoding and number of channels.</param>
    /// <param name="bytes">Whole frames.</param>
    /// <param name="channels">Receive one sample a frame each.</param>
    /// <param name="first">Where in the channels the first frame goes.</param>
    /// <returns>Offset in bytes of the first sample that is not finite, or −1.</returns>
    public static int Decode(WaveFormat format, ReadOnlySpan<byte> bytes, float[][] channels, int first)
    {
        int width = format.SampleBytes;
        int frame = first;
        for (int offset = 0; offset < bytes.Length; frame++)
        {
            foreach (float[] channel in channels)
            {
                float sample = Sample(format.Encoding, bytes.Slice(offset, width));
                if (!float.IsFinite(sample))
                {
                    return offset;
                }

                channel[frame] = sample;
                offset += width;
            }
        }

        return -1;
    }

    private static float Sample(WaveEncoding encoding, ReadOnlySpan<byte> bytes) => encoding switch
    {
        WaveEncoding.Pcm8 => (bytes[0] - 128) / 128f,
        WaveEncoding.Pcm16 => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768f,
        WaveEncoding.Pcm24 => (bytes[0] | bytes[1] << 8 | (sbyte)bytes[2] << 16) / 8388608f,
        WaveEncoding.Pcm32 => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648f,
        WaveEncoding.Pcm64 => BinaryPrimitives.ReadInt64LittleEndian(bytes) / 9223372036854775808f,
        WaveEncoding.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        // A double beyond float's range becomes infinite and is reported as such.
        WaveEncoding.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        WaveEncoding.MuLaw => G711.MuLaw(bytes[0]) / 32768f,
        WaveEncoding.ALaw => G711.ALaw(bytes[0]) / 32768f,
        _ => throw new ArgumentOutOfRangeException(nameof(encoding)),
    };
}
