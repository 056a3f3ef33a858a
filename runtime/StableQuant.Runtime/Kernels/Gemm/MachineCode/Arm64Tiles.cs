using System.Runtime.Intrinsics.Arm;

namespace StableQuant.Kernels.Gemm.MachineCode;

/// <summary>Calls <c>Arm64.s</c>: sums of tiles of some rows and one panel, of inputs less <see cref="Bias"/>.</summary>
internal static unsafe class Arm64Tiles
{
    /// <summary>Rows of a tile of <see cref="Arm64Code.DotProduct"/> and <see cref="Arm64Code.MatrixMultiply"/>.</summary>
    public const int Rows = 6;

    /// <summary>Rows of a tile of <see cref="Arm64Code.MultiplyLong"/>.</summary>
    public const int FewRows = 2;

    /// <summary>What is subtracted from each input.</summary>
    public const int Bias = 128;

    private const int Outputs = 16;

    private static readonly byte* Code = AdvSimd.Arm64.IsSupported && MachineCodeSwitch.IsOn ? ExecutableMemory.Place(Arm64Code.Bytes) : null;

    /// <summary>Whether there is machine code for this processor, and the system lets it run.</summary>
    public static bool Exist => Code != null;

    /// <summary>Sums a tile, panel by panel.</summary>
    /// <param name="entry">An entry of <see cref="Arm64Code"/>.</param>
    /// <param name="entryRows">Rows that it sums.</param>
    /// <param name="panels">Panels of the tile.</param>
    /// <param name="rows">Rows of the tile, a multiple of the entry's.</param>
    /// <param name="tile">Where it lies.</param>
    public static void Sum(int entry, int entryRows, int panels, int rows, TileArguments* tile)
    {
        // A tile takes microseconds and calls nothing, so that the garbage collector can wait for it.
        var sum = (delegate* unmanaged[SuppressGCTransition]<byte*, long, byte*, long, int*, long, void>)(Code + entry);
        int stride = panels * Outputs;
        for (int panel = 0; panel < panels; panel++)
        {
            byte* weights = tile->Weights + panel * tile->PanelBytes;
            for (int row = 0; row < rows; row += entryRows)
            {
                sum(tile->Input + row * tile->InputStride, tile->InputStride, weights, tile->Groups, tile->Sums + row * stride + panel * Outputs, stride * sizeof(int));
            }
        }
    }
}
