using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>
/// The weights of a product, as the model stores them, with what was folded in since. The stored tensor is shared, not
/// copied, until the parameters are made: a large model is traced twice.
/// </summary>
/// <param name="Stored">The stored tensor; its elements may be those of a larger one, from <paramref name="FirstOutput"/> on.</param>
/// <param name="OutputsLast">Whether the outputs are the stored tensor's last axis ([inputs, outputs]) and not its first.</param>
/// <param name="FirstOutput">The first of the stored tensor's outputs that is used.</param>
/// <param name="Outputs">Number of outputs used.</param>
internal sealed record ProductWeights(Tensor<float> Stored, bool OutputsLast, int FirstOutput, int Outputs)
{
    /// <summary>A factor for each output; null for none.</summary>
    public double[]? Gain { get; private init; }

    /// <summary>A bias for each output; null for none.</summary>
    public double[]? Bias { get; private init; }

    /// <summary>These weights followed by y · gain + bias, output by output.</summary>
    public ProductWeights Then(IReadOnlyList<double> gain, IReadOnlyList<double> bias) => this with
    {
        Gain = gain.All(g => g == 1) ? Gain : [.. gain.Select((g, o) => g * (Gain?[o] ?? 1))],
        Bias = Bias is null && bias.All(b => b == 0) ? null : [.. bias.Select((b, o) => (Bias?[o] ?? 0) * gain[o] + b)],
    };

    /// <summary>Some of the outputs, wherever they are.</summary>
    public ProductWeights Select(IReadOnlyList<int> outputs) => Summed([.. outputs.Select(output => new[] { output })]);

    /// <summary>Some of the outputs, one after the other.</summary>
    public ProductWeights Select(int first, int count) => this with
    {
        FirstOutput = FirstOutput + first,
        Outputs = count,
        Gain = Gain?[first..(first + count)],
        Bias = Bias?[first..(first + count)],
    };

    /// <summary>These outputs, and then others of the same inputs.</summary>
    public ProductWeights Followed(ProductWeights others)
    {
        (FloatParameters first, FloatParameters second) = (ToParameters(1), others.ToParameters(1));
        return Of([.. first.Weight, .. second.Weight], [.. first.Bias ?? new float[Outputs], .. second.Bias ?? new float[others.Outputs]]);
    }

    /// <summary>By what the outputs differ from others of the same weights, whatever is multiplied; null where the weights differ.</summary>
    public double[]? Beyond(ProductWeights others) =>
        ReferenceEquals(Stored, others.Stored) && (OutputsLast, FirstOutput, Outputs) == (others.OutputsLast, others.FirstOutput, others.Outputs)
        && (Gain ?? []).SequenceEqual(others.Gain ?? [])
            ? [.. Enumerable.Range(0, Outputs).Select(output => (Bias?[output] ?? 0) - (others.Bias?[output] ?? 0))]
            : null;

    /// <summary>Sums of some outputs each.</summary>
    public ProductWeights Summed(IReadOnlyList<int[]> outputs)
    {
        FloatParameters own = ToParameters(1);
        int inputs = own.Weight.Length / Outputs;
        return Of(
            [.. outputs.SelectMany(sum => Enumerable.Range(0, inputs).Select(input => (float)sum.Sum(output => (double)own.Weight[(output * inputs) + input])))],
            [.. outputs.Select(sum => (float)sum.Sum(output => (double)(own.Bias?[output] ?? 0)))]);
    }

    /// <summary>The same outputs for each of some parts of the inputs, one part after the other.</summary>
    public ProductWeights ForEach(int parts)
    {
        FloatParameters own = ToParameters(1);
        int size = own.Weight.Length / Outputs;
        var weights = new float[checked(parts * Outputs * parts * size)];
        for (int output = 0; output < parts * Outputs; output++)
        {
            own.Weight.AsSpan(output % Outputs * size, size).CopyTo(weights.AsSpan(((output * parts) + (output / Outputs)) * size));
        }

        return Of(weights, [.. Enumerable.Range(0, parts).SelectMany(_ => own.Bias ?? new float[Outputs])]);
    }

    private static ProductWeights Of(float[] weights, float[] bias) =>
        new ProductWeights(new Tensor<float>([bias.Length, weights.Length / bias.Length], weights), false, 0, bias.Length)
            .Then([.. bias.Select(_ => 1.0)], [.. bias.Select(b => (double)b)]);

    /// <summary>These outputs and those of other weights; null where the others are not those behind them in the same stored tensor.</summary>
    public ProductWeights? Join(ProductWeights next) =>
        ReferenceEquals(Stored, next.Stored) && OutputsLast == next.OutputsLast && next.FirstOutput == FirstOutput + Outputs
            ? this with { Outputs = Outputs + next.Outputs, Gain = Both(Gain, next.Gain, 1), Bias = Both(Bias, next.Bias, 0) }
            : null;

    private double[]? Both(double[]? own, double[]? next, double missing) => own is null && next is null ? null
        : [.. own ?? [.. Enumerable.Repeat(missing, Outputs)], .. next ?? [.. Enumerable.Repeat(missing, Outputs)]];

    /// <summary>The parameters in the order that <see cref="FloatParameters"/> documents.</summary>
    /// <param name="kernel">Taps of each input; 1 for a linear layer.</param>
    public FloatParameters ToParameters(int kernel)
    {
        // Stored as [inputs, outputs] or as [outputs, inputs], each input's taps beside each other; the result is [outputs, kernel, inputs].
        int size = OutputsLast ? Stored.Shape[0] : Stored.Count / Stored.Shape[0];
        int inputs = size / kernel;
        (int inputStep, int outputStep) = OutputsLast ? (Stored.Shape[1], 1) : (1, size);
        float[] weight = new float[checked(Outputs * size)];
        Parallel.For(0, Outputs, output =>
        {
            int next = output * size;
            float factor = (float)(Gain?[output] ?? 1);
            for (int tap = 0; tap < kernel; tap++)
            {
                for (int input = 0; input < inputs; input++)
                {
                    weight[next++] = Stored.Data[(FirstOutput + output) * outputStep + (input * kernel + tap) * inputStep] * factor;
                }
            }
        });
        return new FloatParameters(weight, Bias?.Select(b => (float)b).ToArray());
    }

    /// <summary>Whether two weights are the same numbers.</summary>
    public bool SameAs(ProductWeights other) =>
        (ReferenceEquals(Stored, other.Stored) || Stored.Shape.SequenceEqual(other.Stored.Shape) && Stored.Data.AsSpan().SequenceEqual(other.Stored.Data))
        && (OutputsLast, FirstOutput, Outputs) == (other.OutputsLast, other.FirstOutput, other.Outputs)
        && (Gain ?? []).SequenceEqual(other.Gain ?? [])
        && (Bias ?? []).SequenceEqual(other.Bias ?? []);
}
