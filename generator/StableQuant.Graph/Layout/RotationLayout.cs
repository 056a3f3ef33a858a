#if STABLEQUANT_RUNTIME
namespace StableQuant.Layout;
#else
namespace StableQuant.Graph.Layout;
#endif

/// <summary>
/// How rotations lie in the weights file: what turns a wave's values of one frame into those of the next. Each is the cosine and the sine of an
/// angle in double, as the sum of two float32, the second what the first lacks.
/// </summary>
internal static class RotationLayout
{
    /// <summary>Vectors of as many float32 as there are rotations: the cosines, what they lack, the sines, what they lack.</summary>
    public const int Vectors = 4;

    /// <summary>Frames from one that is computed from nothing to the next: errors do not add up beyond them.</summary>
    public const int BlockFrames = 64;

    /// <summary>Float32 of so many rotations.</summary>
    public static int Floats(int rotations) => Vectors * rotations;
}
