using System.Globalization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>
/// The sum of what an encoder's blocks read and make, each by a weight of its own, which some heads take in place of the last. It is summed while
/// the blocks are built, so that none of the values waits for the last one.
/// </summary>
/// <param name="model">Where the operations go.</param>
/// <param name="weights">The weights, after their softmax.</param>
internal sealed class WeightedSum(ModelBuilder model, float[] weights)
{
    private int next;

    /// <summary>The sum so far; null before the first value.</summary>
    public string? Value { get; private set; }

    /// <summary>Adds the next value.</summary>
    public void Add(string value)
    {
        string scaled = model.Scale(string.Create(CultureInfo.InvariantCulture, $"weighted.scale{next}"), value, weights[next]);
        Value = Value is null ? scaled : model.Sum(string.Create(CultureInfo.InvariantCulture, $"weighted.add{next}"), Value, scaled);
        next++;
    }

    /// <summary>The softmax of stored weights, in the order that PyTorch takes: less the largest.</summary>
    public static float[] Softmax(float[] stored)
    {
        double largest = stored.Max(), sum = stored.Sum(weight => Math.Exp(weight - largest));
        return [.. stored.Select(weight => (float)(Math.Exp(weight - largest) / sum))];
    }
}
