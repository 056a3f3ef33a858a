#if STABLEQUANT_RUNTIME
namespace StableQuant.Layout;
#else
namespace StableQuant.Graph.Layout;
#endif

/// <summary>The audio, and what the first convolution in int8 makes of it for an utterance.</summary>
internal static class FrontEndLayout
{
    /// <summary>Samples a second.</summary>
    public const int SampleRate = 16000;

    /// <summary>The longest utterance, in seconds: an hour.</summary>
    public const int MaxSeconds = 3600;

    /// <summary>Samples behind the last one that kernels may read; they meet zero weights.</summary>
    public const int SamplePadding = 32;

    /// <summary>Doubles of one vector, in which moments are summed.</summary>
    private const int MomentLanes = 4;

    /// <summary>Pairs of taps: two int16 weights in an int32.</summary>
    public static int Pairs(int taps) => (taps + 1) / 2;

    /// <summary>Bytes of the filters: for each channel of whole panels its pairs of taps, then offset, factor and bias.</summary>
    /// <param name="taps">Taps of the convolution.</param>
    /// <param name="channels">Channels made.</param>
    public static int FilterBytes(int taps, int channels) => sizeof(int) * PanelLayout.Padded(channels) * (Pairs(taps) + 3);

    /// <summary>Taps, with those missing to whole vectors: a row of moments.</summary>
    public static int MomentColumns(int taps) => (taps + MomentLanes - 1) / MomentLanes * MomentLanes;

    /// <summary>Moments of one thread, an int64 each: the sums, then the products of each tap with all.</summary>
    public static int Moments(int taps) => (taps + 1) * MomentColumns(taps);

    /// <summary>Their bytes.</summary>
    public static int MomentBytes(int taps) => sizeof(long) * Moments(taps);
}
