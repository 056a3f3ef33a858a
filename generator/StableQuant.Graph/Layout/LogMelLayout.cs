#if STABLEQUANT_RUNTIME
namespace StableQuant.Layout;
#else
namespace StableQuant.Graph.Layout;
#endif

/// <summary>What log-mel features may be, and the memory in which they are made.</summary>
internal static class LogMelLayout
{
    /// <summary>The fewest points of a Fourier transform.</summary>
    public const int MinFourierSize = 16;

    /// <summary>The most points of a Fourier transform: a quarter of a second.</summary>
    public const int MaxFourierSize = 4096;

    /// <summary>The most mel bands.</summary>
    public const int MaxBands = 512;
}
