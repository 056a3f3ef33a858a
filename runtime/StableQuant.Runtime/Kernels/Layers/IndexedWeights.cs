using System.ComponentModel;
using StableQuant.Kernels.Lanes;
using StableQuant.Layout;

namespace StableQuant.Kernels.Layers;

/// <summary>A matrix of weights that are stored as indices into levels of their outputs (<see cref="IndexLayout"/>): a product expands some panels, which stay in a cache while rows go by, then the next.</summary>
/// <param name="bits">Bits of an index.</param>
/// <param name="levels">The levels.</param>
/// <param name="outputs">Outputs of the matrix.</param>
/// <param name="inputs">Its inputs.</param>
/// <param name="panels">The thread's memory for expanded panels, <see cref="TileLayout.ExpandedPanels"/> of them or all.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct IndexedWeights(int bits, byte* levels, int outputs, int inputs, byte* panels)
{
    private readonly byte* levels = levels;
    private readonly byte* panels = panels;

    /// <summary>Whether there are any; else weights are as kernels read them.</summary>
    internal bool Exist => bits != 0;

    /// <summary>Panels that there is memory for.</summary>
    internal int MaxPanels => TileLayout.ExpandedPanels(inputs);

    /// <summary>Expands some panels, in place of those before.</summary>
    /// <typeparam name="T">The instruction set.</typeparam>
    /// <param name="indices">The indices of the first panel of all.</param>
    /// <param name="first">The first panel.</param>
    /// <param name="end">The panel behind the last one; at most <see cref="MaxPanels"/> are between.</param>
    /// <returns>Where the first panel of all would be.</returns>
    internal byte* Expand<T>(byte* indices, int first, int end)
        where T : IIndexLookup
    {
        const int PanelOutputs = PanelLayout.Outputs;
        long indexBytes = IndexLayout.Bytes(bits, PanelOutputs, inputs), panelBytes = PanelLayout.Bytes(PanelOutputs, inputs);
        byte* origin = panels - first * panelBytes;
        for (int panel = first; panel < end; panel++)
        {
            IndexedPanel.Expand<T>(
                bits, indices + panel * indexBytes, (sbyte*)levels + (panel * PanelOutputs << bits), Math.Min(PanelOutputs, outputs - panel * PanelOutputs), inputs, (sbyte*)(origin + panel * panelBytes));
        }

        return origin;
    }
}
