using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Kernels.Lanes;

namespace StableQuant.Kernels.Layers;

/// <summary>The softmax of attention: float32 probabilities, or u8 ones, each row on a grid of its own.</summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class Softmax<TIsa, TInt, TFloat>
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    /// <summary>Far below any score, and still finite: what the lanes past the last score hold.</summary>
    private const float Masked = -1e30f;

    // Rows of a block, which is taken through one pass before the next: a row's reduction to one number keeps no other row waiting.
    private const int BlockRows = 8;

    private const int Lanes = 16;

    /// <summary>
    /// probabilities[i] = roundToEven(top · exp(scores[i] − largest)), row by row, where top, the largest of a row, is
    /// <see cref="Top"/>; what they are parts of is their own sum. Overwrites lanes past a row's last score.
    /// </summary>
    /// <param name="scores">The scores, each row up to the next multiple of 16.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="count">Scores of a row; positive.</param>
    /// <param name="valueScale">Scale of the values that the probabilities weigh.</param>
    /// <param name="probabilities">Receives the probabilities, and zeros up to the next multiple of 16.</param>
    /// <param name="multipliers">Receives for each row the factor on Σ probabilities · values: valueScale / Σ probabilities.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(float* scores, int rows, int count, float valueScale, byte* probabilities, float* multipliers)
    {
        float* largest = stackalloc float[BlockRows];
        int* sums = stackalloc int[BlockRows * Lanes];
        int padded = (count + 15) & ~15;
        var steps = new Elementary<TIsa, TInt, TFloat>.ExpSteps(Top(count));
        for (int first = 0; first < rows; first += BlockRows, scores += BlockRows * padded, probabilities += BlockRows * padded)
        {
            int block = Math.Min(BlockRows, rows - first);
            FindLargest(scores, block, count, padded, largest);
            for (int row = 0; row < block; row++)
            {
                TFloat max = TIsa.Broadcast(largest[row]);
                TInt sum = TIsa.BroadcastInt(0);
                for (int i = row * padded; i < (row + 1) * padded; i += Lanes)
                {
                    TInt q = steps.Of(TIsa.Subtract(TIsa.Load(scores + i), max));
                    TIsa.StoreBytes(probabilities + i, q);
                    sum = TIsa.AddInt(sum, q);
                }

                TIsa.StoreInt(sums + row * Lanes, sum);
            }

            for (int row = 0; row < block; row++)
            {
                multipliers[first + row] = valueScale / SumOfLanes(sums + row * Lanes);
            }
        }
    }

    /// <summary>
    /// The largest probability of a row: 255, or less where so many of them, with values of −127 … 127, could leave an int32 sum (beyond
    /// 66 311 frames).
    /// </summary>
    /// <param name="count">Probabilities of a row.</param>
    public static int Top(int count) => Math.Min(byte.MaxValue, int.MaxValue / sbyte.MaxValue / count);

    /// <summary>scores[i] becomes exp(scores[i] − largest) · (1 / Σ exp(scores − largest)), row by row, the sum as above.</summary>
    /// <param name="scores">The scores, each row up to the next multiple of 16, which is overwritten, too.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="count">Scores of a row; positive.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(float* scores, int rows, int count)
    {
        float* sums = stackalloc float[BlockRows];
        int padded = (count + 15) & ~15;
        for (int first = 0; first < rows; first += BlockRows, scores += BlockRows * padded)
        {
            int block = Math.Min(BlockRows, rows - first);
            Exponentials(scores, block, count, padded, sums);
            for (int row = 0; row < block; row++)
            {
                TFloat factor = TIsa.Broadcast(1f / sums[row]);
                for (int i = row * padded; i < (row + 1) * padded; i += 16)
                {
                    TIsa.Store(scores + i, TIsa.Multiply(TIsa.Load(scores + i), factor));
                }
            }
        }
    }

    // scores[i] becomes exp(scores[i] − largest); sums receives each row's sum.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exponentials(float* scores, int rows, int count, int padded, float* sums)
    {
        float* largest = stackalloc float[BlockRows];
        FindLargest(scores, rows, count, padded, largest);
        for (int row = 0; row < rows; row++)
        {
            float* own = scores + row * padded;
            TFloat max = TIsa.Broadcast(largest[row]), sum = TIsa.Broadcast(0f);
            for (int i = 0; i < padded; i += Lanes)
            {
                TFloat e = Exponential(own + i, max);
                sum = TIsa.Add(sum, e);
                TIsa.Store(own + i, e);
            }

            // The masked lanes add at most 15 · 1.6e-38 to a sum that is at least 1: nothing, in float32.
            sums[row] = TIsa.Sum(sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat Exponential(float* scores, TFloat largest) =>
        Elementary<TIsa, TInt, TFloat>.ExpOfNonPositive(TIsa.Subtract(TIsa.Load(scores), largest));

    // The largest score of each row; also masks the lanes past its last one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FindLargest(float* scores, int rows, int count, int padded, float* largest)
    {
        for (int row = 0; row < rows; row++)
        {
            float* own = scores + row * padded;
            for (int i = count; i < padded; i++)
            {
                own[i] = Masked;
            }

            largest[row] = TIsa.Largest(LargestLanes(own, padded));
        }
    }

    // Exact in any order: at most 255 · frames.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SumOfLanes(int* lanes)
    {
        int sum = 0;
        for (int i = 0; i < Lanes; i++)
        {
            sum += lanes[i];
        }

        return sum;
    }

    // Four by four, which need not wait for one another.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat LargestLanes(float* scores, int count)
    {
        TFloat a = TIsa.Load(scores), b = a, c = a, d = a;
        int i = 0;
        for (; i + 64 <= count; i += 64)
        {
            a = TIsa.Max(a, TIsa.Load(scores + i));
            b = TIsa.Max(b, TIsa.Load(scores + i + 16));
            c = TIsa.Max(c, TIsa.Load(scores + i + 32));
            d = TIsa.Max(d, TIsa.Load(scores + i + 48));
        }

        for (; i < count; i += 16)
        {
            a = TIsa.Max(a, TIsa.Load(scores + i));
        }

        return TIsa.Max(TIsa.Max(a, b), TIsa.Max(c, d));
    }
}
