using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>
/// Proves from constant weights which sums of their products with u8 inputs fit int16: kernels without an int8 dot product
/// add two products in an int16 lane by <c>vpmaddubsw</c>, which saturates, and the lanes of two groups of inputs, which wraps.
/// </summary>
internal static class Int16Sums
{
    private const int LargestInput = 255;
    private const int GroupBytes = PanelLayout.Outputs * PanelLayout.Inputs;

    /// <summary>
    /// Whether Σ input · weight fits int16 for all inputs of 0 … 255. The largest sum has 255 for the positive weights and 0
    /// for the others, the smallest the other way round; so that a sum of some of the products fits, too.
    /// </summary>
    public static bool Fit(params ReadOnlySpan<sbyte> weights)
    {
        int positive = 0;
        int negative = 0;
        foreach (sbyte weight in weights)
        {
            positive += Math.Max((int)weight, 0);
            negative += Math.Min((int)weight, 0);
        }

        return positive * LargestInput <= short.MaxValue && negative * LargestInput >= short.MinValue;
    }

    /// <summary>The list of <see cref="PackedInt8.WideSteps"/>; null where some sum of two neighbouring products does not fit.</summary>
    /// <param name="packed">Packed matrices, one after another.</param>
    /// <param name="inputs">Inputs of each.</param>
    public static byte[]? WideSteps(ReadOnlySpan<sbyte> packed, int inputs)
    {
        int groups = PanelLayout.InputGroups(inputs);
        int panels = packed.Length / (groups * GroupBytes);
        int listBytes = PanelLayout.WideStepBytes(inputs);
        var list = new byte[panels * listBytes];
        for (int panel = 0; panel < panels; panel++)
        {
            for (int group = 0; group < groups; group++)
            {
                ReadOnlySpan<sbyte> weights = packed.Slice((panel * groups + group) * GroupBytes, GroupBytes);
                ReadOnlySpan<sbyte> before = group % 2 == 1 ? packed.Slice((panel * groups + group - 1) * GroupBytes, GroupBytes) : [];
                for (int pair = 0; pair < GroupBytes; pair += 2)
                {
                    if (!Fit(weights[pair], weights[pair + 1]))
                    {
                        return null;
                    }

                    if (before.Length > 0 && !Fit(before[pair], before[pair + 1], weights[pair], weights[pair + 1]))
                    {
                        int step = group / 2;
                        list[panel * listBytes + step / 8] |= (byte)(1 << (step % 8));
                    }
                }
            }
        }

        return list;
    }
}
