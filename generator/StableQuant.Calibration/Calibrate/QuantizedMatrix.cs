namespace StableQuant.Calibration.Calibrate;

/// <summary>Weights in int8, symmetric, one scale an output channel: w ≈ scale · integer.</summary>
/// <param name="Values">[outputs, inputs], −127 … 127.</param>
/// <param name="Scales">One an output.</param>
public sealed record QuantizedMatrix(sbyte[] Values, float[] Scales)
{
    /// <summary>Quantizes a matrix so that each output's largest weight becomes ±127.</summary>
    /// <param name="weights">[outputs, inputs].</param>
    /// <param name="outputs">Number of outputs.</param>
    public static QuantizedMatrix Of(float[] weights, int outputs)
    {
        ArgumentNullException.ThrowIfNull(weights);
        int inputs = weights.Length / outputs;
        var values = new sbyte[weights.Length];
        var scales = new float[outputs];
        for (int output = 0; output < outputs; output++)
        {
            ReadOnlySpan<float> row = weights.AsSpan(output * inputs, inputs);
            float largest = 0;
            foreach (float weight in row)
            {
                largest = Math.Max(largest, Math.Abs(weight));
            }

            // A dead output has weights 0 at any scale.
            scales[output] = largest > 0 ? largest / 127 : 1;
            for (int input = 0; input < inputs; input++)
            {
                values[output * inputs + input] = (sbyte)Math.Clamp(MathF.Round(row[input] / scales[output]), -127, 127);
            }
        }

        return new QuantizedMatrix(values, scales);
    }

    /// <summary>The weights as the kernels see them: scale · integer.</summary>
    public float[] Dequantize()
    {
        int inputs = Values.Length / Scales.Length;
        var weights = new float[Values.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = Scales[i / inputs] * Values[i];
        }

        return weights;
    }
}
