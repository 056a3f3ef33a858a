using System.Numerics.Tensors;
using StableQuant.Graph;

namespace StableQuant.Calibration.Float;

/// <summary>Operations element by element.</summary>
internal static class ReferenceActivations
{
    private static readonly Dictionary<ActivationFunction, Func<double, double>> Definitions = new()
    {
        [ActivationFunction.Gelu] = ErrorFunction.Gelu,
        [ActivationFunction.GeluTanh] = x => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        [ActivationFunction.Relu] = x => Math.Max(x, 0),
        [ActivationFunction.Silu] = x => x * Sigmoid(x),
    };

    /// <summary>An activation of one number, in double.</summary>
    public static double Of(ActivationFunction function, double x) => Definitions[function](x);

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>An activation, rounded once from double.</summary>
    public static Matrix Apply(ActivationFunction function, Matrix input)
    {
        Matrix result = new(input.Rows, input.Columns);
        Parallel.For(0, input.Rows, row =>
        {
            Span<float> from = input.Row(row), to = result.Row(row);
            for (int c = 0; c < from.Length; c++)
            {
                to[c] = (float)Of(function, from[c]);
            }
        });
        return result;
    }

    /// <summary>The first half of the channels, each times the sigmoid of its partner in the second half.</summary>
    public static Matrix Gate(Matrix input)
    {
        Matrix result = new(input.Rows, input.Columns / 2);
        for (int row = 0; row < result.Rows; row++)
        {
            Span<float> from = input.Row(row), to = result.Row(row);
            for (int c = 0; c < to.Length; c++)
            {
                to[c] = (float)(from[c] * Sigmoid(from[to.Length + c]));
            }
        }

        return result;
    }

    /// <summary>Sines and cosines of the time, for each frequency.</summary>
    public static Matrix Waves(Sinusoids sinusoids, float[] frequencies, int frames)
    {
        Matrix result = new(frames * sinusoids.Rows, sinusoids.Channels);
        for (int i = 0; i < result.Data.Length; i++)
        {
            (int frame, int direction) = Math.DivRem(i / result.Columns, sinusoids.Rows);
            double angle = (direction == 0 ? frame : -frame) * (double)frequencies[i % result.Columns / 2];
            float wave = (float)(i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
            result.Data[i] = sinusoids.IsBFloat16 ? BFloat16(wave) : wave;
        }

        return result;
    }

    /// <summary>The mean of so many frames at a time.</summary>
    public static Matrix Pool(Matrix input, int frames)
    {
        Matrix result = new(input.Rows / frames, input.Columns);
        for (int i = 0; i < result.Data.Length; i++)
        {
            int row = i / result.Columns, column = i % result.Columns;
            result.Data[i] = (float)(Enumerable.Range(0, frames).Sum(f => (double)input.Data[((row * frames) + f) * input.Columns + column]) / frames);
        }

        return result;
    }

    /// <summary>Each frame as several, and zeros behind them.</summary>
    public static Matrix Upsample(Matrix input, int rows, int factor)
    {
        Matrix result = new(rows, input.Columns / factor);
        input.Data.CopyTo(result.Data, 0);
        return result;
    }

    /// <summary>A number rounded to bfloat16, to the even one of two that are as near.</summary>
    public static float BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value), step = 1u << 16;
        return BitConverter.UInt32BitsToSingle((bits + (step / 2) - 1 + ((bits / step) & 1)) / step * step);
    }

    /// <summary>Each head's halves turned pair by pair, by the angles of the waves.</summary>
    public static Matrix Turn(Matrix input, Matrix waves)
    {
        Matrix result = new(input.Rows, input.Columns);
        int size = waves.Columns, half = size / 2;
        for (int i = 0; i < result.Data.Length; i++)
        {
            int pair = i % size % half;
            (float sine, float cosine) = (waves.Row(i / input.Columns)[2 * pair], waves.Row(i / input.Columns)[(2 * pair) + 1]);
            result.Data[i] = i % size < half
                ? (input.Data[i] * cosine) - (input.Data[i + half] * sine)
                : (input.Data[i] * cosine) + (input.Data[i - half] * sine);
        }

        return result;
    }

    /// <summary>A value times a constant.</summary>
    public static Matrix Scale(Matrix input, float factor)
    {
        Matrix result = new(input.Rows, input.Columns);
        TensorPrimitives.Multiply(input.Data, factor, result.Data);
        return result;
    }

    /// <summary>The sum of two values.</summary>
    public static Matrix Add(Matrix left, Matrix right)
    {
        Matrix result = new(left.Rows, left.Columns);
        TensorPrimitives.Add(left.Data, right.Data, result.Data);
        return result;
    }
}
