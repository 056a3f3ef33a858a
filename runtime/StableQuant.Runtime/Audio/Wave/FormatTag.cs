namespace StableQuant.Audio.Wave;

/// <summary>The numbers of encodings in a <c>fmt </c> chunk.</summary>
internal static class FormatTag
{
    public const int Pcm = 1;
    public const int Float = 3;
    public const int ALaw = 6;
    public const int MuLaw = 7;
    public const int Extensible = 0xFFFE;

    /// <summary>Whether samples of it are read here.</summary>
    public static bool IsRead(int tag) => tag is Pcm or Float or ALaw or MuLaw;

    /// <summary>The name that people know.</summary>
    public static string Name(int tag) => tag switch
    {
        Pcm => "PCM",
        Float => "IEEE float",
        ALaw => "A-law",
        MuLaw => "mu-law",
        0x0002 => "Microsoft ADPCM",
        0x0010 => "OKI ADPCM",
        0x0011 => "IMA ADPCM",
        0x0022 => "TrueSpeech",
        0x0031 => "GSM 6.10",
        0x0040 or 0x0045 or 0x0064 or 0x0065 => "G.726 ADPCM",
        0x0042 => "G.723.1",
        0x0050 => "MPEG audio, layer 1 or 2",
        0x0055 => "MP3",
        0x00FF or 0x1600 or 0x1602 or 0x1610 or 0xA106 => "AAC",
        0x0160 or 0x0161 or 0x0162 or 0x0163 => "Windows Media Audio",
        0x2000 => "AC-3",
        0x674F or 0x6750 or 0x6751 or 0x676F or 0x6770 or 0x6771 => "Ogg Vorbis",
        0x704F => "Opus",
        0xA109 => "Speex",
        0xF1AC => "FLAC",
        _ => FormattableString.Invariant($"0x{tag:X4}"),
    };
}
