#if NET11_0_OR_GREATER
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>Tiles, u8 × s8, by the AVX512-VNNI that .NET has from version 11 on (<c>AvxVnni.V512</c>): in place of the machine code.</summary>
internal static unsafe class ManagedVnniTile
{
    /// <summary>Rows of a tile: with two panels 12 sums, which is more than the instruction's latency needs.</summary>
    public const int Rows = 6;

    private const int Lanes = 16;
    private const int GroupInputs = 4;
    private const int GroupBytes = 64;

    /// <summary>Sums a tile.</summary>
    /// <param name="panels">1 … <see cref="TileLayout.MaxPanels"/>.</param>
    /// <param name="tile">Where it lies.</param>
    public static void Sum(int panels, TileArguments* tile)
    {
        // An odd last panel is summed twice, to the same place.
        for (int panel = 0; panel < panels; panel += 2)
        {
            SumTwo(tile, panel, Math.Min(panel + 1, panels - 1), panels * Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumTwo(TileArguments* tile, int panel, int other, int stride)
    {
        byte* x0 = tile->Input;
        byte* x1 = x0 + tile->InputStride;
        byte* x2 = x1 + tile->InputStride;
        byte* x3 = x2 + tile->InputStride;
        byte* x4 = x3 + tile->InputStride;
        byte* x5 = x4 + tile->InputStride;
        byte* w = tile->Weights + panel * tile->PanelBytes;
        byte* v = tile->Weights + other * tile->PanelBytes;
        Vector512<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        Vector512<int> t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default;
        long inputs = tile->Groups * GroupInputs;
        for (long i = 0; i < inputs; i += GroupInputs)
        {
            Vector512<sbyte> first = Vector512.Load((sbyte*)w);
            Vector512<sbyte> second = Vector512.Load((sbyte*)v);
            Add(ref s0, ref t0, x0 + i, first, second);
            Add(ref s1, ref t1, x1 + i, first, second);
            Add(ref s2, ref t2, x2 + i, first, second);
            Add(ref s3, ref t3, x3 + i, first, second);
            Add(ref s4, ref t4, x4 + i, first, second);
            Add(ref s5, ref t5, x5 + i, first, second);
            w += GroupBytes;
            v += GroupBytes;
        }

        int* sums = tile->Sums + panel * Lanes;
        int* others = tile->Sums + other * Lanes;
        Store(sums, others, s0, t0);
        Store(sums + stride, others + stride, s1, t1);
        Store(sums + 2 * stride, others + 2 * stride, s2, t2);
        Store(sums + 3 * stride, others + 3 * stride, s3, t3);
        Store(sums + 4 * stride, others + 4 * stride, s4, t4);
        Store(sums + 5 * stride, others + 5 * stride, s5, t5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref Vector512<int> sums, ref Vector512<int> others, byte* x, Vector512<sbyte> first, Vector512<sbyte> second)
    {
        Vector512<byte> inputs = Vector512.Create(Unsafe.ReadUnaligned<int>(x)).AsByte();
        sums = AvxVnni.V512.MultiplyWideningAndAdd(sums, inputs, first);
        others = AvxVnni.V512.MultiplyWideningAndAdd(others, inputs, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* sums, int* others, Vector512<int> sum, Vector512<int> other)
    {
        sum.Store(sums);
        other.Store(others);
    }
}
#endif
