using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Kernels.Lanes;

namespace StableQuant.Kernels.Layers;

/// <summary>One frame of all: each channel's mean, and its standard deviation by one less than the frames.</summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class Pooling<TIsa, TInt, TFloat>
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    /// <summary>Means over all frames, which are summed in order, in blocks.</summary>
    /// <param name="values">[frames, channels].</param>
    /// <param name="frames">Number of frames; positive.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="firstChannel">The first channel wanted; a multiple of 16.</param>
    /// <param name="endChannel">The channel behind the last one wanted; a multiple of 16, or all channels.</param>
    /// <param name="mean">Receives the mean of each channel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mean(float* values, int frames, int channels, int firstChannel, int endChannel, float* mean)
    {
        TFloat count = TIsa.Broadcast(frames);
        for (int c = firstChannel; c < endChannel; c += 16)
        {
            TFloat sum = Normalization<TIsa, TInt, TFloat>.SumOverTime(values + c, frames, channels, TIsa.Broadcast(0f), squared: false);
            Elementary<TIsa, TInt, TFloat>.StorePartial(mean + c, TIsa.Divide(sum, count), Math.Min(16, channels - c));
        }
    }

    /// <summary>Means, then, as many values further on, standard deviations.</summary>
    /// <param name="values">[frames, channels].</param>
    /// <param name="frames">Number of frames; 2 at least.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="firstChannel">The first channel wanted; a multiple of 16.</param>
    /// <param name="endChannel">The channel behind the last one wanted; a multiple of 16, or all channels.</param>
    /// <param name="statistics">Receives the means of all channels, then their deviations.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Statistics(float* values, int frames, int channels, int firstChannel, int endChannel, float* statistics)
    {
        TFloat count = TIsa.Broadcast(frames), others = TIsa.Broadcast(frames - 1);
        float* lanes = stackalloc float[16];
        for (int c = firstChannel; c < endChannel; c += 16)
        {
            int wanted = Math.Min(16, channels - c);
            TFloat mean = TIsa.Divide(Normalization<TIsa, TInt, TFloat>.SumOverTime(values + c, frames, channels, TIsa.Broadcast(0f), squared: false), count);
            Elementary<TIsa, TInt, TFloat>.StorePartial(statistics + c, mean, wanted);
            TIsa.Store(lanes, TIsa.Divide(Normalization<TIsa, TInt, TFloat>.SumOverTime(values + c, frames, channels, mean, squared: true), others));
            for (int lane = 0; lane < wanted; lane++)
            {
                statistics[channels + c + lane] = MathF.Sqrt(lanes[lane]);
            }
        }
    }
}
