namespace StableQuant.Audio.Wave;

/// <summary>How one sample of one channel is written.</summary>
internal enum WaveEncoding
{
    /// <summary>8 bits, offset binary: 128 is silence.</summary>
    Pcm8,

    /// <summary>16 bits, two's complement.</summary>
    Pcm16,

    /// <summary>24 bits, two's complement.</summary>
    Pcm24,

    /// <summary>32 bits, two's complement.</summary>
    Pcm32,

    /// <summary>IEEE 754 binary32.</summary>
    Float32,

    /// <summary>IEEE 754 binary64.</summary>
    Float64,

    /// <summary>ITU-T G.711 mu-law, 8 bits.</summary>
    MuLaw,

    /// <summary>ITU-T G.711 A-law, 8 bits.</summary>
    ALaw,
}
