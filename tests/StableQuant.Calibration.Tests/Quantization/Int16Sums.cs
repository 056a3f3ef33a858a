using StableQuant.Graph.Layout;

namespace StableQuant.Calibration.Tests.Quantization;

/// <summary>
/// For which inputs sums of products fit int16, sum by sum: the definition of what programs work out when they load weights, written down a second
/// time. Kernels without an int8 dot product add two products in an int16 lane by <c>vpmaddubsw</c>, which saturates, and then the lanes of two or four groups of inputs.
/// </summary>
internal static class Int16Sums
{
    private const int GroupBytes = PanelLayout.Outputs * PanelLayout.Inputs;

    /// <summary>
    /// How far inputs may lie from their zero point: Σ input · weight fits int16 for all inputs 0 … 255 with
    /// Σ (input − zero point)² ≤ <see cref="PanelLayout.DeviationUnit"/> · limit. That sum is zero point · Σ weight plus one that by
    /// Cauchy and Schwarz is at most √(Σ (input − zero point)² · Σ weight²). 255 where no inputs take it beyond, 0 where
    /// those at the zero point do.
    /// </summary>
    /// <param name="zeroPoint">The inputs' zero point.</param>
    /// <param name="weights">The weights of one sum.</param>
    public static byte Limit(int zeroPoint, params ReadOnlySpan<sbyte> weights)
    {
        int positive = 0;
        int negative = 0;
        long squares = 0;
        foreach (sbyte weight in weights)
        {
            positive += Math.Max((int)weight, 0);
            negative += Math.Min((int)weight, 0);
            squares += weight * weight;
        }

        if (byte.MaxValue * positive <= short.MaxValue && byte.MaxValue * negative >= short.MinValue)
        {
            return byte.MaxValue;
        }

        int centre = zeroPoint * (positive + negative);
        long headroom = Math.Max(Math.Min(short.MaxValue - centre, centre - short.MinValue), 0);
        return (byte)Math.Min(headroom * headroom / (PanelLayout.DeviationUnit * squares), byte.MaxValue - 1);
    }

    /// <summary>The lists of <see cref="PanelLayout.LimitBytes(int, int)"/>, and what must lie behind them; null where inputs make no whole step.</summary>
    /// <param name="packed">Packed matrices, one after another.</param>
    /// <param name="inputs">Inputs of each.</param>
    /// <param name="zeroPoint">The inputs' zero point.</param>
    public static byte[]? Limits(ReadOnlySpan<sbyte> packed, int inputs, int zeroPoint)
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
                byte ofTwo = byte.MaxValue;
                for (int lane = 0; lane < GroupBytes; lane += 2)
                {
                    ReadOnlySpan<sbyte> eight =
                    [
                        weights[lane], weights[lane + 1], weights[lane + GroupBytes], weights[lane + GroupBytes + 1],
                        weights[lane + 2 * GroupBytes], weights[lane + 2 * GroupBytes + 1], weights[lane + 3 * GroupBytes], weights[lane + 3 * GroupBytes + 1],
                    ];
                    ofEight = Math.Min(ofEight, Limit(zeroPoint, eight));
                    ofFour = Math.Min(ofFour, Math.Min(Limit(zeroPoint, eight[..4]), Limit(zeroPoint, eight[4..])));
                    for (int pair = 0; pair < eight.Length; pair += 2)
                    {
                        ofTwo = Math.Min(ofTwo, Limit(zeroPoint, eight[pair..(pair + 2)]));
                    }
                }

                // An addition beyond int16 comes back, a pair that saturates does not.
                limits[panel * 2 * steps + step] = Math.Min(ofEight, ofTwo);
                limits[(panel * 2 + 1) * steps + step] = Math.Min(ofFour, ofTwo);
            }
        }

        return limits;
    }
}
