using System.Buffers.Binary;

namespace StableQuant.Audio.Wave;

/// <summary>Turns frames of bytes into one channel of floats.</summary>
internal static class SampleDecoder
{
    /// <summary>Decodes whole frames; the channels of a frame are averaged.</summary>
    /// <param name="format">The encoding and number of channels.</param>
    /// <param name="bytes">Exactly one frame for each element of <paramref name="mono"/>.</param>
    /// <param name="mono">Receives one sample a frame.</param>
    /// <returns>Offset in bytes of the first sample that is not finite, or −1.</returns>
    public static int Decode(WaveFormat format, ReadOnlySpan<byte> bytes, Span<float> mono)
    {
        int width = format.BlockAlign / format.Channels;
        int offset = 0;
        for (int frame = 0; frame < mono.Length; frame++)
        {
            double sum = 0;
            for (int channel = 0; channel < format.Channels; channel++)
            {
                float sample = Sample(format.Encoding, bytes.Slice(offset, width));
                if (!float.IsFinite(sample))
                {
                    return offset;
                }

                sum += sample;
                offset += width;
            }

            mono[frame] = (float)(sum / format.Channels);
        }

        return -1;
    }

    private static float Sample(WaveEncoding encoding, ReadOnlySpan<byte> bytes) => encoding switch
    {
        WaveEncoding.Pcm8 => (bytes[0] - 128) / 128f,
        WaveEncoding.Pcm16 => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768f,
        WaveEncoding.Pcm24 => (bytes[0] | bytes[1] << 8 | (sbyte)bytes[2] << 16) / 8388608f,
        WaveEncoding.Pcm32 => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648f,
        WaveEncoding.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        // A double beyond float's range becomes infinite and is reported as such.
        WaveEncoding.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        WaveEncoding.MuLaw => G711.MuLaw(bytes[0]) / 32768f,
        WaveEncoding.ALaw => G711.ALaw(bytes[0]) / 32768f,
        _ => throw new ArgumentOutOfRangeException(nameof(encoding)),
    };
}
