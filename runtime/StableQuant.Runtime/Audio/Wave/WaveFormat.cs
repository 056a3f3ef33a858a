using System.Buffers.Binary;

namespace StableQuant.Audio.Wave;

/// <summary>The body of a <c>fmt </c> chunk, checked against itself.</summary>
/// <param name="Encoding">How a sample is written.</param>
/// <param name="Channels">Samples in one frame; at least 1.</param>
/// <param name="SampleRate">Frames a second.</param>
/// <param name="BlockAlign">Bytes in one frame.</param>
internal readonly record struct WaveFormat(WaveEncoding Encoding, int Channels, int SampleRate, int BlockAlign)
{
    /// <summary>The shortest body there is.</summary>
    public const int MinLength = 16;

    /// <summary>Length of the body of WAVE_FORMAT_EXTENSIBLE, the longest that is looked at.</summary>
    public const int ExtensibleLength = 40;

    private const string Mend = "the header is damaged, write the recording again";

    private const int TagPcm = 1;
    private const int TagFloat = 3;
    private const int TagALaw = 6;
    private const int TagMuLaw = 7;
    private const int TagExtensible = 0xFFFE;

    /// <summary>Bytes 2 to 15 of every subtype GUID that stands for a plain format tag: {0000tttt-0000-0010-8000-00AA00389B71}.</summary>
    private static ReadOnlySpan<byte> SubtypeTail => [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];

    /// <summary>Reads and checks a body of at least <see cref="MinLength"/> bytes.</summary>
    /// <param name="body">The chunk's first bytes, at most <see cref="ExtensibleLength"/> of them.</param>
    /// <param name="position">Where the body begins.</param>
    /// <param name="source">Names the file in errors.</param>
    public static WaveFormat Parse(ReadOnlySpan<byte> body, long position, ByteSource source)
    {
        int tag = BinaryPrimitives.ReadUInt16LittleEndian(body);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(body[2..]);
        uint rate = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
        uint byteRate = BinaryPrimitives.ReadUInt32LittleEndian(body[8..]);
        int blockAlign = BinaryPrimitives.ReadUInt16LittleEndian(body[12..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(body[14..]);

        if (tag == TagExtensible)
        {
            tag = ReadSubtype(body, bits, position, source);
        }

        WaveEncoding encoding = FindEncoding(tag, bits, position, source);
        if (channels == 0)
        {
            throw source.Error(position + 2, $"the header declares 0 channels; {Mend}");
        }

        if (rate is < WavFile.MinSampleRate or > WavFile.MaxSampleRate)
        {
            throw source.Error(position + 4, $"the header declares {rate} samples a second, outside {WavFile.MinSampleRate} to {WavFile.MaxSampleRate}; {Mend}");
        }

        if (blockAlign != channels * (bits / 8))
        {
            throw source.Error(position + 12, $"the header declares {blockAlign} bytes a frame, but {channels} channel(s) of {bits} bits make {channels * (bits / 8)}; {Mend}");
        }

        // 768000 · 65535 does not fit 32 bits: compare what a writer could have stored.
        if (byteRate != unchecked(rate * (uint)blockAlign))
        {
            throw source.Error(position + 8, $"the header declares {byteRate} bytes a second, but {rate} frames of {blockAlign} bytes make {(long)rate * blockAlign}; {Mend}");
        }

        return new WaveFormat(encoding, channels, (int)rate, blockAlign);
    }

    private static int ReadSubtype(ReadOnlySpan<byte> body, int bits, long position, ByteSource source)
    {
        if (body.Length < ExtensibleLength)
        {
            throw source.Error(position, $"the header says WAVE_FORMAT_EXTENSIBLE, which takes {ExtensibleLength} bytes, but has {body.Length}; {Mend}");
        }

        int extra = BinaryPrimitives.ReadUInt16LittleEndian(body[16..]);
        if (extra < ExtensibleLength - 18)
        {
            throw source.Error(position + 16, $"the header says WAVE_FORMAT_EXTENSIBLE, which adds {ExtensibleLength - 18} bytes, but declares {extra}; {Mend}");
        }

        // Fewer valid bits than stored ones are left-justified, so they decode like full ones; 0 means "all".
        int validBits = BinaryPrimitives.ReadUInt16LittleEndian(body[18..]);
        if (validBits > bits)
        {
            throw source.Error(position + 18, $"the header declares {validBits} valid bits in samples of {bits}; {Mend}");
        }

        if (!body.Slice(26, 14).SequenceEqual(SubtypeTail))
        {
            throw source.Error(position + 24, $"the subtype {new Guid(body.Slice(24, 16))} is not supported; {AudioFormatMend.Convert}");
        }

        return BinaryPrimitives.ReadUInt16LittleEndian(body[24..]);
    }

    private static WaveEncoding FindEncoding(int tag, int bits, long position, ByteSource source) => (tag, bits) switch
    {
        (TagPcm, 8) => WaveEncoding.Pcm8,
        (TagPcm, 16) => WaveEncoding.Pcm16,
        (TagPcm, 24) => WaveEncoding.Pcm24,
        (TagPcm, 32) => WaveEncoding.Pcm32,
        (TagFloat, 32) => WaveEncoding.Float32,
        (TagFloat, 64) => WaveEncoding.Float64,
        (TagMuLaw, 8) => WaveEncoding.MuLaw,
        (TagALaw, 8) => WaveEncoding.ALaw,
        (TagPcm or TagFloat or TagMuLaw or TagALaw, _) => throw source.Error(
            position + 14, $"samples of {bits} bits are not supported in {Describe(tag)}; {AudioFormatMend.Convert}"),
        _ => throw source.Error(position, $"the encoding {Describe(tag)} is not supported; {AudioFormatMend.Convert}"),
    };

    private static string Describe(int tag) => tag switch
    {
        TagPcm => "PCM",
        TagFloat => "IEEE float",
        TagALaw => "A-law",
        TagMuLaw => "mu-law",
        0x0002 => "Microsoft ADPCM",
        0x0011 => "IMA ADPCM",
        0x0031 => "GSM 6.10",
        0x0055 => "MP3",
        _ => FormattableString.Invariant($"0x{tag:X4}"),
    };
}
