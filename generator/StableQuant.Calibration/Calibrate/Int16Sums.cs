using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>
/// Proves from constant weights up to which inputs sums of their products fit int16. Kernels without an int8 dot product add
/// two products in an int16 lane by <c>vpmaddubsw</c>, which saturates, and then the lanes of two or four groups of inputs.
/// </summary>
internal static class Int16Sums
{
    private const int GroupBytes = PanelLayout.Outputs * PanelLayout.Inputs;

    /// <summary>
    /// The largest input, 255 at most, such that Σ input · weight fits int16 whenever no input is larger. The largest sum has that
    /// input for the positive weights and 0 for the others, the smallest the other way round; so that the sum of some of the
    /// products fits, too.
    /// </summary>
    public static byte Limit(params ReadOnlySpan<sbyte> weights)
    {
        int positive = 0;
        int negative = 0;
        foreach (sbyte weight in weights)
        {
            positive += Math.Max((int)weight, 0);
            negative -= Math.Min((int)weight, 0);
        }

        return (byte)Math.Min(byte.MaxValue, Math.Min(short.MaxValue / Math.Max(positive, 1), -short.MinValue / Math.Max(negative, 1)));
    }

    /// <summary>The lists of <see cref="PackedInt8.Limits"/>, and what must lie behind them; null where inputs make no whole step.</summary>
    /// <param name="packed">Packed matrices, one after another.</param>
    /// <param name="inputs">Inputs of each.</param>
    public static byte[]? Limits(ReadOnlySpan<sbyte> packed, int inputs)
    {
        int groups = PanelLayout.InputGroups(inputs);
        int steps = groups / PanelLayout.StepGroups;
        if (steps == 0)
        {
            return null;
        }

        int panels = packed.Length / (groups * GroupBytes);
        var limits = new byte[panels * 2 * steps + PanelLayout.LimitSlack];
        for (int panel = 0; panel < panels; panel++)
        {
            for (int step = 0; step < steps; step++)
            {
                ReadOnlySpan<sbyte> weights = packed.Slice((panel * groups + step * PanelLayout.StepGroups) * GroupBytes, PanelLayout.StepGroups * GroupBytes);
                byte ofEight = byte.MaxValue;
                byte ofFour = byte.MaxValue;
                for (int lane = 0; lane < GroupBytes; lane += 2)
                {
                    ReadOnlySpan<sbyte> eight =
                    [
                        weights[lane], weights[lane + 1], weights[lane + GroupBytes], weights[lane + GroupBytes + 1],
                        weights[lane + 2 * GroupBytes], weights[lane + 2 * GroupBytes + 1], weights[lane + 3 * GroupBytes], weights[lane + 3 * GroupBytes + 1],
                    ];
                    ofEight = Math.Min(ofEight, Limit(eight));
                    ofFour = Math.Min(ofFour, Math.Min(Limit(eight[..4]), Limit(eight[4..])));
                }

                limits[panel * 2 * steps + step] = ofEight;
                limits[(panel * 2 + 1) * steps + step] = ofFour;
            }
        }

        return limits;
    }
}
