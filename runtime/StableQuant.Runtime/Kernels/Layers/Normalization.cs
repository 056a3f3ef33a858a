using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Kernels.Lanes;

namespace StableQuant.Kernels.Layers;

/// <summary>Mean and inverse standard deviation, as layer and group normalisation need them (biased variance, two passes).</summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class Normalization<TIsa, TInt, TFloat>
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    /// <summary>Frames summed before their sum joins the total: short sums keep float32's rounding small in long utterances.</summary>
    private const int FramesPerBlock = 256;

    // Statistics of one row: 16 interleaved partial sums, then the fixed tree of ILanes.Sum. Lanes that a row lacks add 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OfRow(float* row, int channels, float epsilon, out float mean, out float inverseDeviation)
    {
        int whole = channels & ~15;
        float* last = stackalloc float[16];
        TFloat sum = whole > 0 ? TIsa.Load(row) : Last(last, row, channels, 0);
        for (int c = 16; c < whole; c += 16)
        {
            sum = TIsa.Add(sum, TIsa.Load(row + c));
        }

        if (whole > 0 && whole < channels)
        {
            sum = TIsa.Add(sum, Last(last, row + whole, channels - whole, 0));
        }

        mean = TIsa.Sum(sum) / channels;
        TFloat center = TIsa.Broadcast(mean);
        TFloat squares = TIsa.Broadcast(0f);
        for (int c = 0; c < whole; c += 16)
        {
            squares = AddSquare(squares, row + c, center);
        }

        if (whole < channels)
        {
            _ = Last(last, row + whole, channels - whole, mean);
            squares = AddSquare(squares, last, center);
        }

        inverseDeviation = 1f / MathF.Sqrt(TIsa.Sum(squares) / channels + epsilon);
    }

    // The values that are left behind the last 16, and others in the lanes that they lack.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat Last(float* lanes, float* values, int count, float missing)
    {
        new Span<float>(lanes, 16).Fill(missing);
        new ReadOnlySpan<float>(values, count).CopyTo(new Span<float>(lanes, 16));
        return TIsa.Load(lanes);
    }

    /// <summary>Rows of a block of <see cref="OfRows"/>.</summary>
    public const int BlockRows = 4;

    /// <summary>Statistics of some rows: of a whole block side by side, since a row's sums wait for one another.</summary>
    /// <param name="values">The first row's values.</param>
    /// <param name="rows">How many rows; <see cref="BlockRows"/> at most.</param>
    /// <param name="channels">Values of a row.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="mean">Receives each row's mean.</param>
    /// <param name="inverseDeviation">Receives each row's 1/√(variance + epsilon).</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfRows(float* values, int rows, int channels, float epsilon, float* mean, float* inverseDeviation)
    {
        if (rows < BlockRows || channels % 16 != 0)
        {
            for (int row = 0; row < rows; row++)
            {
                OfRow(values + (long)row * channels, channels, epsilon, out mean[row], out inverseDeviation[row]);
            }

            return;
        }

        float* v0 = values, v1 = v0 + channels, v2 = v1 + channels, v3 = v2 + channels;
        TFloat s0 = TIsa.Load(v0), s1 = TIsa.Load(v1), s2 = TIsa.Load(v2), s3 = TIsa.Load(v3);
        for (int c = 16; c < channels; c += 16)
        {
            s0 = TIsa.Add(s0, TIsa.Load(v0 + c));
            s1 = TIsa.Add(s1, TIsa.Load(v1 + c));
            s2 = TIsa.Add(s2, TIsa.Load(v2 + c));
            s3 = TIsa.Add(s3, TIsa.Load(v3 + c));
        }

        (mean[0], mean[1], mean[2], mean[3]) = (TIsa.Sum(s0) / channels, TIsa.Sum(s1) / channels, TIsa.Sum(s2) / channels, TIsa.Sum(s3) / channels);
        TFloat m0 = TIsa.Broadcast(mean[0]), m1 = TIsa.Broadcast(mean[1]), m2 = TIsa.Broadcast(mean[2]), m3 = TIsa.Broadcast(mean[3]);
        s0 = s1 = s2 = s3 = TIsa.Broadcast(0f);
        for (int c = 0; c < channels; c += 16)
        {
            s0 = AddSquare(s0, v0 + c, m0);
            s1 = AddSquare(s1, v1 + c, m1);
            s2 = AddSquare(s2, v2 + c, m2);
            s3 = AddSquare(s3, v3 + c, m3);
        }

        inverseDeviation[0] = 1f / MathF.Sqrt(TIsa.Sum(s0) / channels + epsilon);
        inverseDeviation[1] = 1f / MathF.Sqrt(TIsa.Sum(s1) / channels + epsilon);
        inverseDeviation[2] = 1f / MathF.Sqrt(TIsa.Sum(s2) / channels + epsilon);
        inverseDeviation[3] = 1f / MathF.Sqrt(TIsa.Sum(s3) / channels + epsilon);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat AddSquare(TFloat sum, float* values, TFloat center)
    {
        TFloat difference = TIsa.Subtract(TIsa.Load(values), center);
        return TIsa.MultiplyAdd(difference, difference, sum);
    }

    /// <summary>Statistics of each channel over all frames; frames are summed in order, in blocks.</summary>
    /// <param name="values">[frames, channels].</param>
    /// <param name="frames">Number of frames; positive.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="firstChannel">The first channel wanted; a multiple of 16.</param>
    /// <param name="endChannel">The channel behind the last one wanted; a multiple of 16, or all channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="mean">Receives the mean of each channel; room for whole vectors of 16.</param>
    /// <param name="inverseDeviation">Receives 1/√(variance + epsilon) of each channel; the same room.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfChannels(
        float* values, int frames, int channels, int firstChannel, int endChannel, float epsilon, float* mean, float* inverseDeviation)
    {
        TFloat count = TIsa.Broadcast(frames);
        for (int c = firstChannel; c < endChannel; c += 16)
        {
            TIsa.Store(mean + c, TIsa.Divide(SumOverTime(values + c, frames, channels, TIsa.Broadcast(0f), squared: false), count));
            TFloat squares = SumOverTime(values + c, frames, channels, TIsa.Load(mean + c), squared: true);
            TIsa.Store(inverseDeviation + c, TIsa.Divide(squares, count));
            for (int lane = c; lane < c + 16; lane++)
            {
                inverseDeviation[lane] = 1f / MathF.Sqrt(inverseDeviation[lane] + epsilon);
            }
        }
    }

    /// <summary>Σ (x − center) of 16 channels over all frames, or Σ (x − center)²; in order, in blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TFloat SumOverTime(float* values, int frames, int channels, TFloat center, bool squared)
    {
        TFloat total = TIsa.Broadcast(0f);
        for (int start = 0; start < frames; start += FramesPerBlock)
        {
            int end = Math.Min(start + FramesPerBlock, frames);
            TFloat block = TIsa.Broadcast(0f);
            for (int frame = start; frame < end; frame++)
            {
                TFloat value = TIsa.Subtract(TIsa.Load(values + (long)frame * channels), center);
                block = squared ? TIsa.MultiplyAdd(value, value, block) : TIsa.Add(block, value);
            }

            total = TIsa.Add(total, block);
        }

        return total;
    }
}
