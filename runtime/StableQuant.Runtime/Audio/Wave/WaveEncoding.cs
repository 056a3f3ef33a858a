namespace StableQuant.Audio.Wave;

/// <summary>How one sample of one channel is written.</summary>
internal enum WaveEncoding
{
    /// <summary>1 byte, offset binary: 128 is silence.</summary>
    Pcm8,

    /// <summary>2 bytes, two's complement.</summary>
    Pcm16,

    /// <summary>3 bytes, two's complement.</summary>
    Pcm24,

    /// <summary>4 bytes, two's complement.</summary>
    Pcm32,

    /// <summary>8 bytes, two's complement.</summary>
    Pcm64,

    /// <summary>IEEE 754 binary32.</summary>
    Float32,

    /// <summary>IEEE 754 binary64.</summary>
    Float64,

    /// <summary>ITU-T G.711 mu-law, 8 bits.</summary>
    MuLaw,

    /// <summary>ITU-T G.711 A-law, 8 bits.</summary>
    ALaw,
}
