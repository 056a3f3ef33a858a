using StableQuant.Layout;

namespace StableQuant.Kernels.Lanes;

/// <summary>Looks up a quad, weight by weight.</summary>
internal static unsafe class ScalarLookup
{
    private const int QuadOutputs = IndexLayout.QuadOutputs, StepInputs = IndexLayout.StepInputs;

    /// <summary>See <see cref="IIndexLookup.LookUp"/>.</summary>
    public static void Run(int bits, byte* indices, int stepBytes, sbyte* levels, int steps, sbyte* target)
    {
        for (; steps > 0; steps--, indices += stepBytes, target += PanelLayout.StepGroups * PanelLayout.GroupBytes)
        {
            for (int output = 0; output < QuadOutputs; output++)
            {
                for (int input = 0; input < StepInputs; input++)
                {
                    int index = bits == IndexLayout.MaxBits
                        ? indices[output / 2 * StepInputs + input] >> output % 2 * 4 & 15
                        : indices[input] >> 2 * output & 3 | (indices[StepInputs + input % IndexLayout.HighBytes] >> output + input / IndexLayout.HighBytes * 4 & 1) << 2;
                    target[PanelLayout.Index(output, input, StepInputs)] = levels[output * IndexLayout.Levels(bits) + index];
                }
            }
        }
    }
}
