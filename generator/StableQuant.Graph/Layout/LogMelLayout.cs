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

    /// <summary>Frames that are transformed side by side, a lane each.</summary>
    public const int BlockFrames = 16;

    /// <summary>
    /// Bytes in which one thread transforms a block of frames: one frame's samples with those before and behind it that vectors touch, then, a row of
    /// all frames for each, the points, the powers of half of them and one more, and the bands.
    /// </summary>
    public static int ScratchBytes(int fourierSize, int bands) =>
        sizeof(float) * (fourierSize + 2 * BlockFrames + BlockFrames * (fourierSize + fourierSize / 2 + 1 + bands));

    /// <summary>Bytes of the mean and the inverse deviation of each channel of the features.</summary>
    public static int StatisticsBytes(int channels) => 2 * sizeof(float) * PanelLayout.Padded(channels);
}
