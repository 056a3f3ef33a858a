using System.Numerics.Tensors;
using StableQuant.Graph;

namespace StableQuant.Calibration.Float;

/// <summary>Products with constant weights.</summary>
internal static class ReferenceProducts
{
    // Rows of one block, so that the block stays in the cache while every output's weights pass over it.
    private const int BlockRows = 32;

    /// <summary>y = W·x + b for each frame.</summary>
    public static Matrix Linear(Matrix input, FloatParameters parameters)
    {
        int outputs = parameters.Weight.Length / input.Columns;
        Matrix result = new(input.Rows, outputs);
        Multiply(input.Data, input.Columns, input.Columns, parameters.Weight, result, 0, outputs);
        AddBias(result, parameters.Bias);
        return result;
    }

    /// <summary>A convolution: in each group of channels, a product of each window of frames with the weights.</summary>
    public static Matrix Convolution(Convolution convolution, Matrix input, FloatParameters parameters)
    {
        int padded = convolution.PadLeft + input.Rows + convolution.PadRight;
        if (padded < convolution.Kernel)
        {
            throw new ArgumentException($"{convolution.Name} needs {convolution.Kernel} frames, the utterance gives {padded}: it is too short.");
        }

        Matrix result = new((padded - convolution.Kernel) / convolution.Stride + 1, convolution.OutputChannels);
        int channels = input.Columns / convolution.Groups, outputs = convolution.OutputChannels / convolution.Groups;
        float[] frames = new float[checked(padded * channels)];
        for (int group = 0; group < convolution.Groups; group++)
        {
            for (int row = 0; row < input.Rows; row++)
            {
                input.Row(row).Slice(group * channels, channels).CopyTo(frames.AsSpan((convolution.PadLeft + row) * channels));
            }

            // Channels last, a window of frames is contiguous.
            int window = convolution.Kernel * channels;
            ReadOnlyMemory<float> weights = parameters.Weight.AsMemory(group * outputs * window, outputs * window);
            Multiply(frames, window, convolution.Stride * channels, weights, result, group * outputs, outputs);
        }

        AddBias(result, parameters.Bias);
        return result;
    }

    /// <summary>A convolution over time and bands: of each frame and band, a window of its own channel or of the only one.</summary>
    public static Matrix Convolution2d(Convolution2d c, Matrix input, FloatParameters parameters)
    {
        int frames = input.Rows / c.FrameRows, made = (frames + (2 * c.Padding) - c.Kernel) / c.Stride + 1;
        if (frames + (2 * c.Padding) < c.Kernel)
        {
            throw new ArgumentException($"{c.Name} needs {c.Kernel - (2 * c.Padding)} frames, the utterance gives {frames}: it is too short.");
        }

        Matrix result = new(made * c.OutputBands, c.OutputChannels);
        Parallel.For(0, result.Rows, row =>
        {
            int firstFrame = (row / c.OutputBands * c.Stride) - c.Padding, firstBand = (row % c.OutputBands * c.Stride) - c.Padding;
            for (int channel = 0; channel < c.OutputChannels; channel++)
            {
                float sum = 0;
                for (int tap = 0; tap < c.GroupInputs; tap++)
                {
                    int frame = firstFrame + (tap / c.Kernel), band = firstBand + (tap % c.Kernel);
                    if ((uint)frame < (uint)frames && (uint)band < (uint)c.Bands)
                    {
                        int at = (frame * c.Bands) + band;
                        sum += input.Data[c.InputChannels == 1 ? at : (at * c.InputChannels) + channel] * parameters.Weight[(channel * c.GroupInputs) + tap];
                    }
                }

                result.Data[(row * c.OutputChannels) + channel] = sum;
            }
        });
        AddBias(result, parameters.Bias);
        return result;
    }

    private static void Multiply(
        float[] input, int window, int step, ReadOnlyMemory<float> weights, Matrix result, int firstOutput, int outputs)
    {
        Parallel.For(0, (result.Rows + BlockRows - 1) / BlockRows, block =>
        {
            int end = Math.Min((block + 1) * BlockRows, result.Rows);
            for (int output = 0; output < outputs; output++)
            {
                ReadOnlySpan<float> row = weights.Span.Slice(output * window, window);
                for (int r = block * BlockRows; r < end; r++)
                {
                    result.Data[r * result.Columns + firstOutput + output] = TensorPrimitives.Dot(row, input.AsSpan(r * step, window));
                }
            }
        });
    }

    private static void AddBias(Matrix result, float[]? bias)
    {
        for (int row = 0; bias is not null && row < result.Rows; row++)
        {
            TensorPrimitives.Add(result.Row(row), bias, result.Row(row));
        }
    }
}
