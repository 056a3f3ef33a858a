using System.Buffers.Binary;
using static StableQuant.Audio.Wave.AudioFormatMend;

namespace StableQuant.Audio.Wave;

/// <summary>The body of a <c>fmt </c> chunk. Where it contradicts itself, channels and bits decide, and a note says so.</summary>
/// <param name="Encoding">How a sample is written.</param>
/// <param name="Channels">Samples in one frame; at least 1.</param>
/// <param name="SampleRate">Frames a second.</param>
/// <param name="SampleBytes">Bytes of one sample of one channel.</param>
internal readonly record struct WaveFormat(WaveEncoding Encoding, int Channels, int SampleRate, int SampleBytes)
{
    /// <summary>The shortest body there is.</summary>
    public const int MinLength = 16;

    /// <summary>Length of the body of WAVE_FORMAT_EXTENSIBLE, the longest that is looked at.</summary>
    public const int ExtensibleLength = 40;

    /// <summary>Bytes 2 to 15 of every subtype GUID that stands for a plain format tag: {0000tttt-0000-0010-8000-00AA00389B71}.</summary>
    private static ReadOnlySpan<byte> SubtypeTail => [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];

    /// <summary>The same for Ambisonic B-format, whose samples are plain ones: {0000tttt-0721-11D3-8644-C8C1CA000000}.</summary>
    private static ReadOnlySpan<byte> AmbisonicTail => [0x00, 0x00, 0x21, 0x07, 0xD3, 0x11, 0x86, 0x44, 0xC8, 0xC1, 0xCA, 0x00, 0x00, 0x00];

    /// <summary>Bytes in one frame.</summary>
    public int FrameBytes => Channels * SampleBytes;

    /// <summary>Reads a body of at least <see cref="MinLength"/> bytes.</summary>
    /// <param name="body">The chunk's first bytes, at most <see cref="ExtensibleLength"/> of them.</param>
    /// <param name="position">Where the body begins.</param>
    /// <param name="source">Names the file in errors and takes notes.</param>
    public static WaveFormat Parse(ReadOnlySpan<byte> body, long position, ByteSource source)
    {
        int tag = BinaryPrimitives.ReadUInt16LittleEndian(body);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(body[2..]);
        uint rate = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
        uint byteRate = BinaryPrimitives.ReadUInt32LittleEndian(body[8..]);
        int blockAlign = BinaryPrimitives.ReadUInt16LittleEndian(body[12..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(body[14..]);

        if (tag == FormatTag.Extensible)
        {
            tag = ReadSubtype(body, position, source);
        }

        if (!FormatTag.IsRead(tag))
        {
            throw source.TakesDecoder(position, $"the encoding is {FormatTag.Name(tag)}");
        }

        if (channels == 0)
        {
            throw source.Error(position + 2, $"the header declares 0 channels; {DamagedHeader}");
        }

        if (rate is < WavFile.MinSampleRate or > WavFile.MaxSampleRate)
        {
            throw source.Error(position + 4, $"the header declares {rate} samples a second, outside {WavFile.MinSampleRate} to {WavFile.MaxSampleRate}; {DamagedHeader}");
        }

        int container = blockAlign % channels == 0 ? blockAlign / channels : 0;
        // A container that only the bytes a frame speak for, against the bytes a second, is none.
        bool isContradicted = byteRate == unchecked(rate * (uint)(channels * WholeBytes(bits)));
        int width = Width(tag, bits, isContradicted ? 0 : container);
        WaveEncoding encoding = Find(tag, width) ?? throw source.TakesDecoder(position + 14, $"samples of {bits} bits are not read here in {FormatTag.Name(tag)}");

        var format = new WaveFormat(encoding, channels, (int)rate, width);
        if (blockAlign != format.FrameBytes)
        {
            source.Note(position + 12, $"the header declares {blockAlign} bytes a frame, but {channels} channel(s) of {bits} bits make {format.FrameBytes}; it was read with {format.FrameBytes}");
        }
        else if (byteRate != unchecked(rate * (uint)format.FrameBytes))
        {
            // 768000 · 65535 does not fit 32 bits: what a writer could have stored is compared.
            source.Note(position + 8, $"the header declares {byteRate} bytes a second, but {rate} frames of {format.FrameBytes} bytes make {(long)rate * format.FrameBytes}; it was read with these");
        }

        return format;
    }

    private static int WholeBytes(int bits) => (bits + 7) / 8;

    /// <summary>
    /// Bytes of a sample. Bits that fill bytes are these bytes whatever the header says of frames, and where there is no such size
    /// (20 bits, or 24, which many keep in 4 bytes) the container counts that frames speak of.
    /// </summary>
    private static int Width(int tag, int bits, int container) => tag switch
    {
        FormatTag.ALaw or FormatTag.MuLaw => 1,
        _ when bits is 8 or 16 or 32 or 64 => bits / 8,
        _ when container >= WholeBytes(bits) && Find(tag, container) is not null => container,
        _ => WholeBytes(bits),
    };

    private static WaveEncoding? Find(int tag, int width) => (tag, width) switch
    {
        (FormatTag.Pcm, 1) => WaveEncoding.Pcm8,
        (FormatTag.Pcm, 2) => WaveEncoding.Pcm16,
        (FormatTag.Pcm, 3) => WaveEncoding.Pcm24,
        (FormatTag.Pcm, 4) => WaveEncoding.Pcm32,
        (FormatTag.Pcm, 8) => WaveEncoding.Pcm64,
        (FormatTag.Float, 4) => WaveEncoding.Float32,
        (FormatTag.Float, 8) => WaveEncoding.Float64,
        (FormatTag.MuLaw, 1) => WaveEncoding.MuLaw,
        (FormatTag.ALaw, 1) => WaveEncoding.ALaw,
        _ => null,
    };

    /// <summary>
    /// The plain format tag that an extensible format stands for. Which speaker a channel is for and how many bits are valid do not matter:
    /// fewer valid bits than stored ones are left-justified, so they decode like full ones.
    /// </summary>
    private static int ReadSubtype(ReadOnlySpan<byte> body, long position, ByteSource source)
    {
        if (body.Length < ExtensibleLength)
        {
            throw source.Error(position, $"the header says WAVE_FORMAT_EXTENSIBLE, which takes {ExtensibleLength} bytes, but has {body.Length}; {DamagedHeader}");
        }

        ReadOnlySpan<byte> tail = body.Slice(26, 14);
        return tail.SequenceEqual(SubtypeTail) || tail.SequenceEqual(AmbisonicTail)
            ? BinaryPrimitives.ReadUInt16LittleEndian(body[24..])
            : throw source.TakesDecoder(position + 24, $"the subtype {new Guid(body.Slice(24, 16))} is not read here");
    }
}
