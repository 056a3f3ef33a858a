using System.Runtime.Intrinsics;
using StableQuant.Kernels.Gemm.MachineCode;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// What <c>Amx.s</c> needs around its instructions: the tiles' sizes, and the inputs that are left behind the last whole step of 64.
/// </summary>
internal static unsafe class AmxTile
{
    /// <summary>Inputs that one instruction multiplies.</summary>
    public const int StepInputs = StepGroups * GroupInputs;

    /// <summary>Bytes of a panel that one instruction multiplies.</summary>
    public const int StepWeights = StepInputs * PanelLayout.Outputs;

    private const int TileRows = 16, StepGroups = 16, GroupInputs = 4;

    /// <summary>Sums a tile.</summary>
    /// <param name="panels">1 or 2.</param>
    /// <param name="rows">1 … 32.</param>
    /// <param name="tile">Where it lies.</param>
    /// <param name="run">Runs the code at an entry of <see cref="AmxCode"/>.</param>
    public static void Sum(int panels, int rows, TileArguments* tile, delegate*<int, void*, void> run)
    {
        AmxArguments arguments = Begin(rows, tile, run);
        arguments.IsStored = 1;
        run(Entry(panels, rows), &arguments);
    }

    /// <summary>Configures the tiles, where they are not yet, and fills the tail.</summary>
    /// <param name="rows">1 … 32.</param>
    /// <param name="tile">Where the first tile lies.</param>
    /// <param name="run">Runs the code.</param>
    /// <returns>What sums all steps.</returns>
    public static AmxArguments Begin(int rows, TileArguments* tile, delegate*<int, void*, void> run)
    {
        AmxWorkspace* work = AmxWorkspace.Of(tile);
        if (tile->ConfiguredRows == 0)
        {
            work->Empty();
        }

        if (tile->ConfiguredRows != rows)
        {
            tile->ConfiguredRows = rows;
            work->Configuration = AmxConfiguration.Of(rows, (int)Math.Min(tile->Groups, StepGroups));
            run(AmxCode.Configure, &work->Configuration);
        }

        var arguments = new AmxArguments
        {
            Input = tile->Input,
            InputStride = tile->InputStride,
            Weights = tile->Weights,
            PanelBytes = tile->PanelBytes,
            Steps = Math.Max(tile->Groups / StepGroups, 1),
            Sums = tile->Sums,
        };
        if (tile->Groups > StepGroups && tile->Groups % StepGroups != 0)
        {
            FillTail(tile, rows, work->Tail);
            arguments.Tail = work->Tail;
            arguments.TailWeights = tile->Weights + tile->Groups * GroupInputs * PanelLayout.Outputs - StepWeights;
        }

        return arguments;
    }

    /// <summary>The entry that sums tiles of some size.</summary>
    /// <param name="panels">1 or 2.</param>
    /// <param name="rows">1 … 32.</param>
    public static int Entry(int panels, int rows) =>
        rows > TileRows ? panels == 1 ? AmxCode.Tile32x1 : AmxCode.Tile32x2 : panels == 1 ? AmxCode.Tile16x1 : AmxCode.Tile16x2;

    // A step of its own, which begins so early that it is whole, with inputs of 0 where products are in the sums already: no kernel reads
    // behind its weights.
    private static void FillTail(TileArguments* tile, int rows, byte* tail)
    {
        int hidden = (int)(StepGroups - tile->Groups % StepGroups) * GroupInputs;
        Vector512<byte> left = Vector512.GreaterThanOrEqual(Vector512<byte>.Indices, Vector512.Create((byte)hidden));
        byte* input = tile->Input + tile->Groups * GroupInputs - StepInputs;
        for (int row = 0; row < rows; row++, input += tile->InputStride)
        {
            (Vector512.Load(input) & left).Store(tail + row * StepInputs);
        }
    }
}
