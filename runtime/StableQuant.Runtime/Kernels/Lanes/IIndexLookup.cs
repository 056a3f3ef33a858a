using System.ComponentModel;
using StableQuant.Layout;

namespace StableQuant.Kernels.Lanes;

/// <summary>How weights that are stored as indices (<see cref="IndexLayout"/>) become those that kernels read (<see cref="PanelLayout"/>), on one instruction set.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public unsafe interface IIndexLookup
{
    /// <summary>Quads of 4 outputs that are looked up side by side: 1, 2 or 4.</summary>
    static abstract int LookupQuads { get; }

    /// <summary>Looks up some steps of so many quads.</summary>
    /// <param name="bits">Bits of an index, 3 or 4.</param>
    /// <param name="indices">The first step's indices, quad behind quad.</param>
    /// <param name="stepBytes">Bytes from one step to the next.</param>
    /// <param name="levels">The levels of the first output.</param>
    /// <param name="steps">How many steps.</param>
    /// <param name="target">Receives four groups of 64 bytes a step, of which 16 are a quad's.</param>
    static abstract void LookUp(int bits, byte* indices, int stepBytes, sbyte* levels, int steps, sbyte* target);
}
