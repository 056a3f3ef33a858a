using System.ComponentModel;
using System.Runtime.Intrinsics.X86;
using StableQuant.Kernels.Gemm.MachineCode;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// Sums of whole tiles by a machine-code micro-kernel, on processors with AVX512-VNNI, for which .NET 10 has no API; from
/// .NET 11 on, which has one, by C#. Sums are exact integers, so that they are the same as those of any other path. Where
/// the processor lacks the instructions, the system refuses executable memory or the user switched it off, products run on
/// the paths that need neither.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct Avx512VnniMicroKernel : IMicroKernel
{
    /// <summary>The AppContext switch that turns the machine code off: <c>StableQuant.DisableMachineCode</c>.</summary>
    public const string Switch = "StableQuant.DisableMachineCode";

    /// <summary>The environment variable that turns it off when it is <c>0</c>.</summary>
    public const string Variable = "STABLEQUANT_MACHINE_CODE";

    // The xmm, ymm, mask and zmm registers.
    private const int AllRegisters = 0b1110_0110;

    private const int FewRows = 3;

    private static readonly byte* Code = !HasIntrinsics && MachineCodeSwitch.IsOn && X64Processor.HasAvx512Vnni() ? ExecutableMemory.Place(Avx512VnniCode.Bytes) : null;

    /// <summary>Whether tiles can be summed here: <see cref="InstructionSet.Avx512Vnni"/>.</summary>
    public static bool IsSupported { get; } = HasIntrinsics || (Code != null && X64Code.AreSaved(Code, Avx512VnniCode.SavedStates, AllRegisters));

    // A constant to the compiler: what does not run is not there.
    private static bool HasIntrinsics =>
#if NET11_0_OR_GREATER
        AvxVnni.V512.IsSupported;
#else
        false;
#endif

    /// <inheritdoc/>
    public static bool TakesLimits => false;

    /// <inheritdoc/>
    public static bool NeedsLimits => false;

    /// <summary>The machine code adds outliers, which has the instruction for them, too.</summary>
    public static bool AddsOutliers => !HasIntrinsics;

    /// <inheritdoc/>
    public static int MinRows => Rows(1, int.MaxValue);

    /// <inheritdoc/>
    public static int MaxPanels => TileLayout.MaxPanels;

    /// <inheritdoc/>
    public static int Rows(int panels, int left) => panels switch
    {
#if NET11_0_OR_GREATER
        _ when HasIntrinsics => ManagedVnniTile.Rows,
#endif
        4 => left <= FewRows ? FewRows : 6,
        3 => 9,
        _ => 12,
    };

    /// <inheritdoc/>
    public static void Sum(int panels, int rows, TileArguments* tile)
    {
#if NET11_0_OR_GREATER
        if (HasIntrinsics)
        {
            ManagedVnniTile.Sum(panels, tile);
            return;
        }

#endif
        int entry = panels switch
        {
            4 => rows == FewRows ? Avx512VnniCode.Tile3x4 : Avx512VnniCode.Tile6x4,
            3 => Avx512VnniCode.Tile9x3,
            2 => Avx512VnniCode.Tile12x2,
            _ => Avx512VnniCode.Tile12x1,
        };

        X64Code.Run(Code, entry, Avx512VnniCode.Windows, tile);
    }
}
