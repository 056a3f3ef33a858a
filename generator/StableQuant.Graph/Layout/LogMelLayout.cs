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

    /// <summary>Frames whose logarithms are taken side by side, a lane of float32 each: what one thread makes at least.</summary>
    public const int BlockFrames = 16;

    /// <summary>Frames that are transformed side by side, a lane of double each.</summary>
    public const int TransformFrames = BlockFrames / 2;

    /// <summary>
    /// Bytes in which one thread transforms a block of frames: the points and the powers of half of them and one more, a row of half of the frames
    /// for each, then the bands, a row of all frames for each.
    /// </summary>
    public static int ScratchBytes(int fourierSize, int bands) =>
        sizeof(double) * TransformFrames * (fourierSize + fourierSize / 2 + 1) + sizeof(float) * BlockFrames * bands;

    /// <summary>Bytes of the mean and the inverse deviation of each channel of the features.</summary>
    public static int StatisticsBytes(int channels) => 2 * sizeof(float) * PanelLayout.Padded(channels);
}
