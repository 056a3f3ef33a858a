using System.ComponentModel;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>Memory for the sums of one tile, [rows][panels][16].</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class TileSums
{
    private const int Alignment = 64 / sizeof(int);

    /// <summary>The sums of the largest tile, AMX's, and what aligning them takes.</summary>
    public const int Length = AmxWorkspace.MaxRows * AmxWorkspace.MaxPanels * PanelLayout.Outputs + Alignment;

    /// <summary>The first 64-byte boundary of some memory for sums.</summary>
    public static int* Align(int* sums) => (int*)(((nint)sums + 63) & ~63);
}
