using System.Numerics;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>What the outputs of a product read of a value: windows of it, for each channel group in the order of its weights. What lies outside the value is 0.</summary>
/// <param name="product">The product.</param>
internal sealed class ProductWindows(Product product)
{
    private readonly int groupChannels = product.InputChannels / product.Groups;

    /// <summary>How many windows there are.</summary>
    /// <param name="length">Numbers of the value.</param>
    public int Count(int length) => product switch
    {
        Convolution2d c when Frames(length) + 2 * c.Padding is var padded => padded < c.Kernel ? 0 : ((padded - c.Kernel) / c.Stride + 1) * c.OutputBands,
        Convolution c when Frames(length) + c.PadLeft + c.PadRight is var padded => padded < c.Kernel ? 0 : (padded - c.Kernel) / c.Stride + 1,
        _ => Frames(length),
    };

    /// <summary>A step from window to window, such that every band of a frame has its turn.</summary>
    /// <param name="least">The least one.</param>
    public int Step(int least)
    {
        int bands = product is Convolution2d c ? c.OutputBands : 1;
        while (BigInteger.GreatestCommonDivisor(least, bands) != 1)
        {
            least++;
        }

        return least;
    }

    /// <summary>Fills in a part of a window.</summary>
    /// <param name="value">The value.</param>
    /// <param name="window">The window.</param>
    /// <param name="group">The channel group.</param>
    /// <param name="first">The first input of the part.</param>
    /// <param name="target">Receives that and the next ones.</param>
    public void Fill(float[] value, int window, int group, int first, Span<double> target)
    {
        int channel = group * groupChannels, frames = Frames(value.Length);
        if (product is Convolution2d c)
        {
            FillBands(c, value, frames, window, channel, first, target);
        }
        else
        {
            FillFrames(value, frames, window * product.Stride - (product is Convolution over ? over.PadLeft : 0), channel, first, target);
        }
    }

    private int Frames(int length) => length / product.InputChannels / (product is Convolution2d c ? c.Bands : 1);

    // Frame by frame, a run of channels each.
    private void FillFrames(float[] value, int frames, int start, int channel, int first, Span<double> target)
    {
        for (int done = 0, count; done < target.Length; done += count)
        {
            (int tap, int offset) = Math.DivRem(first + done, groupChannels);
            count = Math.Min(groupChannels - offset, target.Length - done);
            Span<double> run = target.Slice(done, count);
            if (start + tap is var frame && (frame < 0 || frame >= frames))
            {
                run.Clear();
                continue;
            }

            ReadOnlySpan<float> source = value.AsSpan(frame * product.InputChannels + channel + offset, count);
            for (int i = 0; i < count; i++)
            {
                run[i] = source[i];
            }
        }
    }

    // Frame by frame, and in each band by band, of one channel.
    private static void FillBands(Convolution2d c, float[] value, int frames, int window, int channel, int first, Span<double> target)
    {
        int firstFrame = window / c.OutputBands * c.Stride - c.Padding, firstBand = window % c.OutputBands * c.Stride - c.Padding;
        for (int i = 0; i < target.Length; i++)
        {
            int frame = firstFrame + (first + i) / c.Kernel, band = firstBand + (first + i) % c.Kernel;
            target[i] = (uint)frame < (uint)frames && (uint)band < (uint)c.Bands ? value[(frame * c.Bands + band) * c.InputChannels + channel] : 0;
        }
    }
}
