using StableQuant.Graph.Layout;

namespace StableQuant.Graph.Validation;

/// <summary>
/// What lowering, emission and kernels can take. Models have a tenth of it at most; within it every size that generated code states fits
/// its type, and compiling takes bounded time and memory.
/// </summary>
public static class GraphLimits
{
    /// <summary>The longest utterance, in samples: an hour. Also the most that one frame may take.</summary>
    public const long MaxSamples = (long)FrontEndLayout.MaxSeconds * FrontEndLayout.SampleRate;

    /// <summary>Bytes of a weights file: what one span can hold.</summary>
    public const long MaxWeightsBytes = int.MaxValue;

    /// <summary>Operations of a model: four times those of the largest one.</summary>
    public const int MaxOperations = 4096;

    /// <summary>Characters of an operation's name.</summary>
    public const int MaxName = 100;

    /// <summary>Tokens of a vocabulary, and channels of a value.</summary>
    public const int MaxChannels = ShapeLayout.MaxTokens;

    /// <summary>Characters of a token.</summary>
    public const int MaxToken = ShapeLayout.MaxTokenCharacters;

    /// <summary>Taps, stride and padding of a convolution.</summary>
    public const int MaxTaps = 65536;

    /// <summary>Taps of a two-dimensional convolution along each side.</summary>
    public const int MaxSide = 64;

    /// <summary>Frames between a query and a key that an attention tells apart.</summary>
    public const int MaxDistance = 65536;

    /// <summary>Frames that a mean is taken of, and that one frame becomes: generated code names each.</summary>
    public const int MaxPooledFrames = 64;

    /// <summary>Values that a convolution's window spans over all channels, and so its padding.</summary>
    public const long MaxWindow = 1 << 24;

    /// <summary>Values from one window to the next.</summary>
    public const long MaxStep = 1 << 20;

    /// <summary>Frames of a value in the longest utterance: of padding there is a little more than audio.</summary>
    public const long MaxFrames = 1 << 26;

    /// <summary>Bytes of a value in the longest utterance, as float32: all slots of an arena together fit 64 bits by far.</summary>
    public const long MaxValueBytes = 1L << 40;

    /// <summary>Bytes in which one thread gathers the outliers that an input keeps.</summary>
    public const long MaxOutlierBytes = 1 << 28;

    /// <summary>The largest sum of products that every kernel keeps within int32: 255 · 127 · inputs.</summary>
    public const int MaxInputs = int.MaxValue / (255 * 127) - 1;

    /// <summary>The same for inputs that keep outliers: beyond the 8 bits of the grid a remainder needs room.</summary>
    public const int MaxOutlierInputs = MaxInputs / 4;

    /// <summary>The same for 16-bit samples.</summary>
    public const int MaxAudioInputs = int.MaxValue / (2 * 65535 * 127);

    /// <summary>The least scale, so that 1/scale is finite: the smallest normal number.</summary>
    public const float MinPositive = ShapeLayout.MinScale;

    /// <summary>The largest scale, factor or ε: a product of three is finite.</summary>
    public const float MaxFactor = ShapeLayout.MaxScale;
}
