using System.ComponentModel;
using System.Runtime.Intrinsics.Arm;
using StableQuant.Kernels.Gemm;
using StableQuant.Kernels.Lanes;

namespace StableQuant.Kernels;

/// <summary>Chooses the instruction set, once, when the program starts: the first of the table that processor and build have.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class InstructionSets
{
    /// <summary>The environment variable that forces an instruction set, for tests: a name of the table. <c>armdp</c> runs emulated where the processor is no Arm.</summary>
    public const string Variable = "STABLEQUANT_KERNELS";

    // In order of preference. Lanes is the instruction set whose lanes generated code takes: one that brings no more than a micro-kernel borrows another's.
    private static readonly Row[] Table =
    [
        new(InstructionSet.Amx, "amx", () => AmxMicroKernel.IsSupported && Avx2Instructions.IsSupported, MicroKernel.Of<AmxMicroKernel>()) { Lanes = WidestLanes },
        new(InstructionSet.Avx512Vnni, "avx512vnni", () => Avx512VnniMicroKernel.IsSupported && Avx2Instructions.IsSupported, MicroKernel.Of<Avx512VnniMicroKernel>()) { Lanes = WidestLanes },
        new(InstructionSet.AvxVnni, "avxvnni", () => AvxVnniInstructions.IsSupported, MicroKernel.None),
        new(InstructionSet.Avx512, "avx512", () => Avx512Instructions.IsSupported, MicroKernel.Of<Avx512Int16MicroKernel>()),
        new(InstructionSet.Avx2, "avx2", () => Avx2Instructions.IsSupported, MicroKernel.Of<Avx2Int16MicroKernel>()),
        new(InstructionSet.ArmI8mm, "armi8mm", () => ArmI8mmMicroKernel.IsSupported, MicroKernel.Of<ArmI8mmMicroKernel>()) { Lanes = InstructionSet.ArmDp },
        new(InstructionSet.ArmDp, "armdp", () => Dp.IsSupported, ArmDpMicroKernel.IsSupported ? MicroKernel.Of<ArmDpMicroKernel>() : MicroKernel.None)
        {
            IsEmulated = () => ArmDpInstructions.IsAvailable,
        },
        new(InstructionSet.Neon, "neon", () => ArmDpInstructions.IsSupported, NeonMicroKernel.IsSupported ? MicroKernel.Of<NeonMicroKernel>() : MicroKernel.None)
        {
            Lanes = InstructionSet.ArmDp,
        },
        new(InstructionSet.Vector128, "vector128", () => Vector128Instructions.IsSupported, MicroKernel.Of<Vector128MicroKernel>()),
        new(InstructionSet.Scalar, "scalar", () => true, MicroKernel.None),
    ];

    private static readonly Lazy<Row> Choice = new(() => Choose(Environment.GetEnvironmentVariable(Variable)));

    [ThreadStatic]
    private static Row? onThisThread;

    /// <summary>The instruction set in use.</summary>
    /// <exception cref="PlatformNotSupportedException">The environment variable names one that this processor, or this build, cannot run.</exception>
    public static InstructionSet Current => InUse.Set;

    /// <summary>The one whose lanes are in use: that in use itself, but for those that bring no more than a micro-kernel, and borrow another's.</summary>
    public static InstructionSet Lanes => InUse.Lanes;

    /// <summary>What sums whole tiles of int8 products.</summary>
    public static MicroKernel MicroKernel => InUse.MicroKernel;

    /// <summary>For tests: what this thread uses in place of the chosen one; null for the chosen one.</summary>
    internal static InstructionSet? OnThisThread
    {
        get => onThisThread?.Set;
        set => onThisThread = value is { } set ? Of(set) : null;
    }

    private static InstructionSet WidestLanes => Avx512Instructions.IsSupported ? InstructionSet.Avx512 : InstructionSet.Avx2;

    private static Row InUse => onThisThread ?? Choice.Value;

    /// <summary>The name, as <see cref="ICompiledModel.Kernels"/> shows it.</summary>
    public static string Name(InstructionSet set) => Of(set).Name;

    /// <summary>Whether this processor, and this build, run it natively.</summary>
    public static bool IsSupported(InstructionSet set) => Of(set).IsSupported();

    /// <summary>For tests: whether it runs here at all, natively or emulated.</summary>
    internal static bool CanRun(InstructionSet set) => Of(set).CanRun;

    private static Row Of(InstructionSet set) => Array.Find(Table, row => row.Set == set) ?? throw new ArgumentOutOfRangeException(nameof(set));

    private static Row Choose(string? forced)
    {
        if (string.IsNullOrEmpty(forced))
        {
            return Array.Find(Table, row => row.IsSupported())!;
        }

        Row named = Array.Find(Table, row => string.Equals(row.Name, forced, StringComparison.OrdinalIgnoreCase))
            ?? throw new PlatformNotSupportedException(
                $"{Variable}={forced}: no such kernels; use {string.Join(", ", Table.Select(row => row.Name))}, or unset the variable.");
        return named.CanRun
            ? named
            : throw new PlatformNotSupportedException(
                $"{Variable}={forced}: this processor, or this build, cannot run these kernels; unset the variable to let the program choose.");
    }

    private sealed record Row(InstructionSet Set, string Name, Func<bool> IsSupported, MicroKernel MicroKernel)
    {
        public InstructionSet Lanes { get; init; } = Set;

        public Func<bool> IsEmulated { get; init; } = () => false;

        public bool CanRun => IsSupported() || IsEmulated();
    }
}
