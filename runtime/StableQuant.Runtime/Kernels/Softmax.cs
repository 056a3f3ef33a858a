using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>The softmax of attention: float32 probabilities, or straight to u8 ones with scale 1/255.</summary>
/// <typeparam name="TPath">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
public static unsafe class Softmax<TPath, TInt, TFloat>
    where TPath : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    /// <summary>Far below any score, and still finite: what the lanes past the last score hold.</summary>
    private const float Masked = -1e30f;

    /// <summary>
    /// probabilities[i] = roundToEven(255 · exp(scores[i] − largest) / Σ exp(scores − largest)). The sum runs in 16
    /// interleaved partial sums, then the fixed tree. Overwrites the scores.
    /// </summary>
    /// <param name="scores">The scores, with room up to the next multiple of 16.</param>
    /// <param name="count">Number of scores; positive.</param>
    /// <param name="probabilities">Receives the probabilities, and zeros up to the next multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row(float* scores, int count, byte* probabilities)
    {
        TFloat factor = TPath.Broadcast(255f / Exponentials(scores, count));
        for (int i = 0; i < count; i += 16)
        {
            TPath.StoreBytes(probabilities + i, TPath.RoundToInt(TPath.Multiply(TPath.Load(scores + i), factor)));
        }
    }

    /// <summary>scores[i] becomes exp(scores[i] − largest) · (1 / Σ exp(scores − largest)), the sum as above.</summary>
    /// <param name="scores">The scores, with room up to the next multiple of 16, which is overwritten, too.</param>
    /// <param name="count">Number of scores; positive.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row(float* scores, int count)
    {
        TFloat factor = TPath.Broadcast(1f / Exponentials(scores, count));
        for (int i = 0; i < count; i += 16)
        {
            TPath.Store(scores + i, TPath.Multiply(TPath.Load(scores + i), factor));
        }
    }

    /// <summary>scores[i] becomes exp(scores[i] − largest).</summary>
    /// <returns>Their sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Exponentials(float* scores, int count)
    {
        int padded = (count + 15) & ~15;
        for (int i = count; i < padded; i++)
        {
            scores[i] = Masked;
        }

        TFloat largestLanes = TPath.Load(scores);
        for (int i = 16; i < padded; i += 16)
        {
            largestLanes = TPath.Max(largestLanes, TPath.Load(scores + i));
        }

        TFloat largest = TPath.Broadcast(TPath.Largest(largestLanes));
        TFloat sum = TPath.Broadcast(0f);
        for (int i = 0; i < padded; i += 16)
        {
            TFloat e = Elementary<TPath, TInt, TFloat>.ExpOfNonPositive(TPath.Subtract(TPath.Load(scores + i), largest));
            sum = TPath.Add(sum, e);
            TPath.Store(scores + i, e);
        }

        // The masked lanes add at most 15 · 1.6e-38 to a sum that is at least 1: nothing, in float32.
        return TPath.Sum(sum);
    }
}
