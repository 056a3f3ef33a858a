using System.Runtime.InteropServices;

namespace StableQuant.Runtime;

/// <summary>What a tile of a product is made of; the layout is that of <c>Avx512Vnni.s</c>, which reads all but the last field.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct TileArguments
{
    /// <summary>Inputs of the first row, u8.</summary>
    public byte* Input;

    /// <summary>Bytes from one row to the next.</summary>
    public long InputStride;

    /// <summary>Weights of the first panel.</summary>
    public byte* Weights;

    /// <summary>Bytes from one panel to the next.</summary>
    public long PanelBytes;

    /// <summary>Groups of 4 inputs.</summary>
    public long Groups;

    /// <summary>Receives the sums [rows][panels][16], 64-byte aligned.</summary>
    public int* Sums;

    /// <summary>The limits of the first panel, see <see cref="LayerArguments.Limits"/>; null for none.</summary>
    public byte* Limits;

    /// <summary>Without limits: see <see cref="LayerArguments.FoursFit"/>.</summary>
    public bool FoursFit;

    /// <summary>With limits: the deviations of the first row's steps, see <see cref="StepDeviations.Of"/>.</summary>
    public byte* Deviations;
}
