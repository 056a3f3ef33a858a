using System.Runtime.CompilerServices;
using StableQuant.Layout;

namespace StableQuant.Kernels.Lanes;

/// <summary>Expands a panel of weights that are stored as indices (<see cref="IndexLayout"/>) into the panel that kernels read (<see cref="PanelLayout"/>).</summary>
internal static unsafe class IndexedPanel
{
    private const int QuadOutputs = IndexLayout.QuadOutputs, Quads = PanelLayout.Outputs / QuadOutputs, GroupBytes = PanelLayout.GroupBytes, Groups = PanelLayout.StepGroups;

    /// <summary>Bytes of a group that are a quad's.</summary>
    public const int QuadBytes = QuadOutputs * PanelLayout.Inputs;

    /// <summary>Expands a panel.</summary>
    /// <typeparam name="T">The instruction set.</typeparam>
    /// <param name="bits">Bits of an index, 3 or 4.</param>
    /// <param name="indices">Its indices.</param>
    /// <param name="levels">The levels of its outputs.</param>
    /// <param name="outputs">Its outputs, 1 … 16; those missing to 16 become zero.</param>
    /// <param name="inputs">Inputs of an output; those missing to whole groups become zero, whatever their indices are.</param>
    /// <param name="panel">Receives it.</param>
    public static void Expand<T>(int bits, byte* indices, sbyte* levels, int outputs, int inputs, sbyte* panel)
        where T : IIndexLookup
    {
        int groups = PanelLayout.InputGroups(inputs), quads = IndexLayout.Quads(outputs), quadBytes = IndexLayout.QuadBytes(bits);
        if (quads < Quads)
        {
            new Span<sbyte>(panel, groups * GroupBytes).Clear();
        }

        for (int quad = 0, count; quad < quads; quad += count)
        {
            byte* own = indices + quad * quadBytes;
            sbyte* table = levels + quad * QuadOutputs * IndexLayout.Levels(bits), target = panel + quad * QuadBytes;
            if (quads - quad >= T.LookupQuads)
            {
                count = T.LookupQuads;
                LookUp(bits, own, quads * quadBytes, table, groups, count, &T.LookUp, target);
            }
            else
            {
                count = 1;
                LookUp(bits, own, quads * quadBytes, table, groups, count, &Vector128Lookup.Run, target);
            }
        }

        // The last group's inputs that are none.
        for (int input = inputs; input < groups * PanelLayout.Inputs; input++)
        {
            for (int output = 0; output < PanelLayout.Outputs; output++)
            {
                panel[PanelLayout.Index(output, input, inputs)] = 0;
            }
        }
    }

    // Of the last step, some groups may be none: it is looked up elsewhere.
    private static void LookUp(
        int bits, byte* indices, int stepBytes, sbyte* levels, int groups, int quads, delegate*<int, byte*, int, sbyte*, int, sbyte*, void> lookUp, sbyte* target)
    {
        int steps = groups / Groups, left = groups % Groups;
        lookUp(bits, indices, stepBytes, levels, steps, target);
        if (left == 0)
        {
            return;
        }

        sbyte* last = stackalloc sbyte[Groups * GroupBytes];
        lookUp(bits, indices + (long)steps * stepBytes, stepBytes, levels, 1, last);
        for (int group = 0; group < left; group++)
        {
            Unsafe.CopyBlockUnaligned(target + ((long)steps * Groups + group) * GroupBytes, last + group * GroupBytes, (uint)(quads * QuadBytes));
        }
    }
}
