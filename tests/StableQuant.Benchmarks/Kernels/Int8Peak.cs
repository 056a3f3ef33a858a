using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using StableQuant.Kernels;
using StableQuant.Kernels.Gemm.MachineCode;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>
/// What one core can multiply at most: u8 × s8 products, summed in int32, by the fastest sequence of instructions that
/// the kernels in use have, in a loop that touches nothing but registers.
/// </summary>
internal static unsafe class Int8Peak
{
    private const int Iterations = 1_000_000;

    // Operands that the compiler does not know, all different: else it would compute some sums once, or not at all.
    private static readonly byte[] Operands = MakeOperands();

    private static readonly byte* Code = OperatingSystem.IsWindows() ? null : ExecutableMemory.Place(RegisterPeakCode.Bytes);

    // Where sums go, so that they are computed at all.
    private static volatile int sink;

    /// <summary>The sequences, fastest first. One has a name, a condition, and a loop that returns the number of its multiplications.</summary>
    private static readonly (string Name, bool IsUsed, Func<long> Loop)[] Sequences =
    [
        ("tdpbusd", Code != null && InstructionSets.Current == InstructionSet.Amx, TileProduct),
        ("vpdpbusd zmm", Code != null && InstructionSets.Current == InstructionSet.Avx512Vnni, DotProduct512),
        ("vpdpbusd ymm", AvxVnni.IsSupported && InstructionSets.Current == InstructionSet.AvxVnni, DotProduct256),
        ("4 vpmaddubsw + vpmaddwd zmm", Avx512BW.IsSupported && InstructionSets.Current == InstructionSet.Avx512, Accumulate512),
        ("4 vpmaddubsw + vpmaddwd ymm", Avx2.IsSupported && InstructionSets.Current == InstructionSet.Avx2, Accumulate256),
        ("sdot", Dp.IsSupported, DotProduct128),
    ];

    private static readonly int Best = Array.FindIndex(Sequences, s => s.IsUsed);

    /// <summary>The sequence measured; null where the kernels in use have none.</summary>
    public static string? Name => Best < 0 ? null : Sequences[Best].Name;

    /// <summary>Measures, for some milliseconds.</summary>
    /// <returns>Multiply-accumulates a second; null where the kernels in use have none of the sequences.</returns>
    public static double? Measure()
    {
        if (Best < 0)
        {
            return null;
        }

        long start = Stopwatch.GetTimestamp();
        long multiplications = Sequences[Best].Loop();
        return multiplications / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static byte[] MakeOperands()
    {
        var bytes = new byte[64 * 32];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static Vector512<byte> Operand512(int index) => Vector512.Create(Operands.AsSpan(64 * index));

    private static Vector256<byte> Operand256(int index) => Operand512(index).GetLower();

    private static Vector128<byte> Operand128(int index) => Operand256(index).GetLower();

    // Machine code: .NET 10 has no API for either instruction.
    private static long DotProduct512() => Run(RegisterPeakCode.DotProducts, rounds: 100_000, products: 24 * 64);

    private static long TileProduct() => Run(RegisterPeakCode.TileProducts, rounds: 50_000, products: 4 * 16 * 16 * 64);

    private static long Run(int entry, int rounds, long products)
    {
        ((delegate* unmanaged<long, void>)(Code + entry))(rounds);
        return rounds * products;
    }

    // Twelve sums hide the latency of the instruction: four cycles, two a cycle at most.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long DotProduct256()
    {
        Vector256<byte> x = Operand256(12);
        Vector256<sbyte> w = Operand256(13).AsSByte();
        Vector256<int> s0 = Operand256(0).AsInt32(), s1 = Operand256(1).AsInt32(), s2 = Operand256(2).AsInt32(), s3 = Operand256(3).AsInt32(), s4 = Operand256(4).AsInt32(), s5 = Operand256(5).AsInt32();
        Vector256<int> s6 = Operand256(6).AsInt32(), s7 = Operand256(7).AsInt32(), s8 = Operand256(8).AsInt32(), s9 = Operand256(9).AsInt32(), s10 = Operand256(10).AsInt32(), s11 = Operand256(11).AsInt32();
        for (int i = 0; i < Iterations; i++)
        {
            s0 = AvxVnni.MultiplyWideningAndAdd(s0, x, w);
            s1 = AvxVnni.MultiplyWideningAndAdd(s1, x, w);
            s2 = AvxVnni.MultiplyWideningAndAdd(s2, x, w);
            s3 = AvxVnni.MultiplyWideningAndAdd(s3, x, w);
            s4 = AvxVnni.MultiplyWideningAndAdd(s4, x, w);
            s5 = AvxVnni.MultiplyWideningAndAdd(s5, x, w);
            s6 = AvxVnni.MultiplyWideningAndAdd(s6, x, w);
            s7 = AvxVnni.MultiplyWideningAndAdd(s7, x, w);
            s8 = AvxVnni.MultiplyWideningAndAdd(s8, x, w);
            s9 = AvxVnni.MultiplyWideningAndAdd(s9, x, w);
            s10 = AvxVnni.MultiplyWideningAndAdd(s10, x, w);
            s11 = AvxVnni.MultiplyWideningAndAdd(s11, x, w);
        }

        sink = Vector256.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
        return Iterations * 12L * Vector256<byte>.Count;
    }

    // Two rows by two vectors of outputs, sixteen inputs deep. The inputs change places in every iteration, which costs
    // nothing where registers are renamed: what does not change would be computed but once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Accumulate512()
    {
        Vector512<byte> x0 = Operand512(0), x1 = Operand512(1), x2 = Operand512(2), x3 = Operand512(3);
        Vector512<byte> y0 = Operand512(4), y1 = Operand512(5), y2 = Operand512(6), y3 = Operand512(7);
        Vector512<sbyte> v0 = Operand512(8).AsSByte(), v1 = Operand512(9).AsSByte(), v2 = Operand512(10).AsSByte(), v3 = Operand512(11).AsSByte();
        Vector512<sbyte> w0 = Operand512(12).AsSByte(), w1 = Operand512(13).AsSByte(), w2 = Operand512(14).AsSByte(), w3 = Operand512(15).AsSByte();
        Vector512<short> ones = Vector512<short>.One;
        Vector512<int> xv = default, xw = default, yv = default, yw = default;
        for (int i = 0; i < Iterations; i++)
        {
            xv += Avx512BW.MultiplyAddAdjacent(Four512(x0, x1, x2, x3, v0, v1, v2, v3), ones);
            xw += Avx512BW.MultiplyAddAdjacent(Four512(x0, x1, x2, x3, w0, w1, w2, w3), ones);
            yv += Avx512BW.MultiplyAddAdjacent(Four512(y0, y1, y2, y3, v0, v1, v2, v3), ones);
            yw += Avx512BW.MultiplyAddAdjacent(Four512(y0, y1, y2, y3, w0, w1, w2, w3), ones);
            (x0, x1, x2, x3) = (x1, x2, x3, x0);
            (y0, y1, y2, y3) = (y1, y2, y3, y0);
        }

        sink = Vector512.Sum(xv + xw + yv + yw);
        return Iterations * 4L * 4 * Vector512<byte>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Four512(
        Vector512<byte> x0, Vector512<byte> x1, Vector512<byte> x2, Vector512<byte> x3,
        Vector512<sbyte> w0, Vector512<sbyte> w1, Vector512<sbyte> w2, Vector512<sbyte> w3)
    {
        Vector512<short> p0 = Avx512BW.MultiplyAddAdjacent(x0, w0);
        Vector512<short> p1 = Avx512BW.MultiplyAddAdjacent(x1, w1);
        Vector512<short> p2 = Avx512BW.MultiplyAddAdjacent(x2, w2);
        Vector512<short> p3 = Avx512BW.MultiplyAddAdjacent(x3, w3);
        return p0 + p1 + (p2 + p3);
    }

    // The same in sixteen registers: one row by two vectors of outputs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Accumulate256()
    {
        Vector256<byte> x0 = Operand256(0), x1 = Operand256(1), x2 = Operand256(2), x3 = Operand256(3);
        Vector256<sbyte> v = Operand256(4).AsSByte(), w = Operand256(5).AsSByte();
        Vector256<short> ones = Vector256<short>.One;
        Vector256<int> xv = default, xw = default;
        for (int i = 0; i < Iterations; i++)
        {
            xv += Avx2.MultiplyAddAdjacent(Four256(x0, x1, x2, x3, v), ones);
            xw += Avx2.MultiplyAddAdjacent(Four256(x0, x1, x2, x3, w), ones);
            (x0, x1, x2, x3) = (x1, x2, x3, x0);
        }

        sink = Vector256.Sum(xv + xw);
        return Iterations * 2L * 4 * Vector256<byte>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Four256(Vector256<byte> x0, Vector256<byte> x1, Vector256<byte> x2, Vector256<byte> x3, Vector256<sbyte> w)
    {
        Vector256<short> p0 = Avx2.MultiplyAddAdjacent(x0, w);
        Vector256<short> p1 = Avx2.MultiplyAddAdjacent(x1, w);
        Vector256<short> p2 = Avx2.MultiplyAddAdjacent(x2, w);
        Vector256<short> p3 = Avx2.MultiplyAddAdjacent(x3, w);
        return p0 + p1 + (p2 + p3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long DotProduct128()
    {
        Vector128<sbyte> x = Operand128(16).AsSByte();
        Vector128<sbyte> w = Operand128(17).AsSByte();
        Vector128<int> s0 = Operand128(0).AsInt32(), s1 = Operand128(1).AsInt32(), s2 = Operand128(2).AsInt32(), s3 = Operand128(3).AsInt32(), s4 = Operand128(4).AsInt32(), s5 = Operand128(5).AsInt32(), s6 = Operand128(6).AsInt32(), s7 = Operand128(7).AsInt32();
        Vector128<int> s8 = Operand128(8).AsInt32(), s9 = Operand128(9).AsInt32(), s10 = Operand128(10).AsInt32(), s11 = Operand128(11).AsInt32(), s12 = Operand128(12).AsInt32(), s13 = Operand128(13).AsInt32(), s14 = Operand128(14).AsInt32(), s15 = Operand128(15).AsInt32();
        for (int i = 0; i < Iterations; i++)
        {
            s0 = Dp.DotProduct(s0, x, w);
            s1 = Dp.DotProduct(s1, x, w);
            s2 = Dp.DotProduct(s2, x, w);
            s3 = Dp.DotProduct(s3, x, w);
            s4 = Dp.DotProduct(s4, x, w);
            s5 = Dp.DotProduct(s5, x, w);
            s6 = Dp.DotProduct(s6, x, w);
            s7 = Dp.DotProduct(s7, x, w);
            s8 = Dp.DotProduct(s8, x, w);
            s9 = Dp.DotProduct(s9, x, w);
            s10 = Dp.DotProduct(s10, x, w);
            s11 = Dp.DotProduct(s11, x, w);
            s12 = Dp.DotProduct(s12, x, w);
            s13 = Dp.DotProduct(s13, x, w);
            s14 = Dp.DotProduct(s14, x, w);
            s15 = Dp.DotProduct(s15, x, w);
        }

        sink = Vector128.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11 + s12 + s13 + s14 + s15);
        return Iterations * 16L * Vector128<byte>.Count;
    }
}
