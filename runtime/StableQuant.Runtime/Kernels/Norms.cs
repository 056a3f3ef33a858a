using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>Mean and inverse standard deviation, as layer and group normalisation need them (biased variance, two passes).</summary>
/// <typeparam name="TPath">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
public static unsafe class Norms<TPath, TInt, TFloat>
    where TPath : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    /// <summary>Frames summed before their sum joins the total: short sums keep float32's rounding small in long utterances.</summary>
    private const int FramesPerBlock = 256;

    /// <summary>
    /// Statistics of one row: 16 interleaved partial sums, then the fixed tree of <see cref="ILanes{TInt, TFloat}.Sum"/>.
    /// </summary>
    /// <param name="row">The row's values.</param>
    /// <param name="channels">How many; a multiple of 16.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="inverseDeviation">1/√(variance + epsilon).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OfRow(float* row, int channels, float epsilon, out float mean, out float inverseDeviation)
    {
        TFloat sum = TPath.Load(row);
        for (int c = 16; c < channels; c += 16)
        {
            sum = TPath.Add(sum, TPath.Load(row + c));
        }

        mean = TPath.Sum(sum) / channels;
        TFloat center = TPath.Broadcast(mean);
        TFloat squares = TPath.Broadcast(0f);
        for (int c = 0; c < channels; c += 16)
        {
            TFloat difference = TPath.Subtract(TPath.Load(row + c), center);
            squares = TPath.MultiplyAdd(difference, difference, squares);
        }

        inverseDeviation = 1f / MathF.Sqrt(TPath.Sum(squares) / channels + epsilon);
    }

    /// <summary>Statistics of each channel over all frames; frames are summed in order, in blocks.</summary>
    /// <param name="values">[frames, channels].</param>
    /// <param name="frames">Number of frames; positive.</param>
    /// <param name="channels">Number of channels; a multiple of 16.</param>
    /// <param name="firstChannel">The first channel wanted; a multiple of 16.</param>
    /// <param name="endChannel">The channel behind the last one wanted; a multiple of 16.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="mean">Receives the mean of each channel.</param>
    /// <param name="inverseDeviation">Receives 1/√(variance + epsilon) of each channel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfChannels(
        float* values, int frames, int channels, int firstChannel, int endChannel, float epsilon, float* mean, float* inverseDeviation)
    {
        TFloat count = TPath.Broadcast(frames);
        for (int c = firstChannel; c < endChannel; c += 16)
        {
            TPath.Store(mean + c, TPath.Divide(SumOverTime(values + c, frames, channels, TPath.Broadcast(0f), squared: false), count));
            TFloat squares = SumOverTime(values + c, frames, channels, TPath.Load(mean + c), squared: true);
            TPath.Store(inverseDeviation + c, TPath.Divide(squares, count));
            for (int lane = c; lane < c + 16; lane++)
            {
                inverseDeviation[lane] = 1f / MathF.Sqrt(inverseDeviation[lane] + epsilon);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat SumOverTime(float* values, int frames, int channels, TFloat center, bool squared)
    {
        TFloat total = TPath.Broadcast(0f);
        for (int start = 0; start < frames; start += FramesPerBlock)
        {
            int end = Math.Min(start + FramesPerBlock, frames);
            TFloat block = TPath.Broadcast(0f);
            for (int frame = start; frame < end; frame++)
            {
                TFloat value = TPath.Subtract(TPath.Load(values + (long)frame * channels), center);
                block = squared ? TPath.MultiplyAdd(value, value, block) : TPath.Add(block, value);
            }

            total = TPath.Add(total, block);
        }

        return total;
    }
}
