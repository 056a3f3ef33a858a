using System.Numerics.Tensors;
using StableQuant.Graph;

namespace StableQuant.Calibration.Float;

/// <summary>Operations element by element.</summary>
internal static class ReferenceActivations
{
    /// <summary>An activation of one number, in double.</summary>
    public static double Of(ActivationFunction function, double x) => function == ActivationFunction.Gelu
        ? ErrorFunction.Gelu(x)
        : throw new NotSupportedException($"{function.Title} has no definition here.");

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

    /// <summary>The sum of two values.</summary>
    public static Matrix Add(Matrix left, Matrix right)
    {
        Matrix result = new(left.Rows, left.Columns);
        TensorPrimitives.Add(left.Data, right.Data, result.Data);
        return result;
    }
}
