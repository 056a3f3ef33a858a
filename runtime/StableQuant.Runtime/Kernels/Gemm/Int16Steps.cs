using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// Which of 64 steps of a tile add the products of 4 groups of inputs in int16, which of 2, and which none. A step is
/// 16 inputs. Whether a sum stays in int16 depends on the weights, which are known when they are packed, and on how far the
/// inputs lie from their zero point: a step has two limits (<see cref="TileArguments.Limits"/>), and takes the longest sum that
/// the largest deviation of the tile's rows (<see cref="TileArguments.Deviations"/>) proves exact.
/// </summary>
internal readonly unsafe struct Int16Steps
{
    /// <summary>Inputs of a step.</summary>
    public const int Inputs = PanelLayout.StepInputs;

    /// <summary>Groups of inputs of a step.</summary>
    public const int Groups = PanelLayout.StepGroups;

    /// <summary>Steps of one choice, a bit each.</summary>
    public const int Count = PanelLayout.LimitSlack;

    /// <summary>Steps that add eight products an output and lane: all groups.</summary>
    public ulong Eights { get; private init; }

    /// <summary>Steps that add four: two groups, and the other two.</summary>
    public ulong Fours { get; private init; }

    /// <summary>Steps that multiply int16 operands. The groups behind the last whole step are one of these.</summary>
    public ulong Wide { get; private init; }

    /// <summary>The steps of one panel, or of two together, in tiles of 4 rows.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="panel">The first of these panels.</param>
    /// <param name="both">Whether there are two.</param>
    /// <param name="first">The first step.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int16Steps OfAvx512(TileArguments* tile, int panel, bool both, long first)
    {
        long steps = tile->Groups / Groups;
        if (tile->Limits == null || first == steps)
        {
            return WithoutLimits(tile, first);
        }

        byte* limits = tile->Limits + panel * 2 * steps + first;
        byte* rows = tile->Deviations + first;
        long stride = tile->InputStride / Inputs;
        Vector512<byte> largest = Vector512.Max(
            Vector512.Max(Vector512.Load(rows), Vector512.Load(rows + stride)),
            Vector512.Max(Vector512.Load(rows + 2 * stride), Vector512.Load(rows + 3 * stride)));
        Vector512<byte> ofEight = Vector512.Load(limits), ofFour = Vector512.Load(limits + steps);
        if (both)
        {
            ofEight = Vector512.Min(ofEight, Vector512.Load(limits + 2 * steps));
            ofFour = Vector512.Min(ofFour, Vector512.Load(limits + 3 * steps));
        }

        return Of(
            Vector512.LessThanOrEqual(largest, ofEight).ExtractMostSignificantBits(),
            Vector512.LessThanOrEqual(largest, ofFour).ExtractMostSignificantBits(),
            tile->Groups,
            first);
    }

    /// <summary>The steps of one panel, in tiles of 4 rows.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="first">The first step.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int16Steps OfAvx2(TileArguments* tile, int panel, long first)
    {
        long steps = tile->Groups / Groups;
        if (tile->Limits == null || first == steps)
        {
            return WithoutLimits(tile, first);
        }

        byte* limits = tile->Limits + panel * 2 * steps + first;
        byte* rows = tile->Deviations + first;
        long stride = tile->InputStride / Inputs;
        Vector256<byte> lower = Largest(rows, stride), upper = Largest(rows + Vector256<byte>.Count, stride);
        return Of(Within(lower, upper, limits), Within(lower, upper, limits + steps), tile->Groups, first);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Int16Steps WithoutLimits(TileArguments* tile, long first) => Of(0, 0, tile->Groups, first);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Largest(byte* rows, long stride) => Vector256.Max(
        Vector256.Max(Vector256.Load(rows), Vector256.Load(rows + stride)),
        Vector256.Max(Vector256.Load(rows + 2 * stride), Vector256.Load(rows + 3 * stride)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Within(Vector256<byte> lower, Vector256<byte> upper, byte* limits) =>
        Vector256.LessThanOrEqual(lower, Vector256.Load(limits)).ExtractMostSignificantBits()
        | (ulong)Vector256.LessThanOrEqual(upper, Vector256.Load(limits + Vector256<byte>.Count)).ExtractMostSignificantBits() << Vector256<byte>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Int16Steps Of(ulong eights, ulong fours, long groups, long first)
    {
        ulong whole = FirstBits(groups / Groups - first);
        return new Int16Steps
        {
            Eights = eights & whole,
            Fours = fours & ~eights & whole,
            Wide = FirstBits((groups + Groups - 1) / Groups - first) & ~((eights | fours) & whole),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong FirstBits(long count) => count >= Count ? ulong.MaxValue : (1UL << (int)count) - 1;
}
