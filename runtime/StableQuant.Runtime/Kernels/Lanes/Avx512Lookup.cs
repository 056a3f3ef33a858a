using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StableQuant.Layout;

namespace StableQuant.Kernels.Lanes;

/// <summary>Looks up four quads, a whole panel's, a quarter of a vector each, as <see cref="Vector128Lookup"/> does one.</summary>
internal static unsafe class Avx512Lookup
{
    /// <summary>Quads side by side.</summary>
    public const int Quads = 4;

    private const int GroupBytes = PanelLayout.GroupBytes, StepBytes = PanelLayout.StepGroups * GroupBytes;

    /// <summary>See <see cref="IIndexLookup.LookUp"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int bits, byte* indices, int stepBytes, sbyte* levels, int steps, sbyte* target)
    {
        Vector512<byte> tableA = Table(levels, 0, bits), tableB = Table(levels, 1, bits), tableC = Table(levels, 2, bits), tableD = Table(levels, 3, bits);
        if (bits == IndexLayout.MaxBits)
        {
            Vector512<byte> half = Vector512.Create((byte)0x0F);
            for (; steps > 0; steps--, indices += stepBytes, target += StepBytes)
            {
                Vector512<byte> lower = Vector512.Load(indices), upper = Vector512.Load(indices + 64);
                Vector512<byte> first = Avx512F.Shuffle4x128(lower.AsInt32(), upper.AsInt32(), 0b10_00_10_00).AsByte();
                Vector512<byte> second = Avx512F.Shuffle4x128(lower.AsInt32(), upper.AsInt32(), 0b11_01_11_01).AsByte();
                Store(
                    Avx512BW.Shuffle(tableA, first & half), Avx512BW.Shuffle(tableB, Right(first, 4) & half),
                    Avx512BW.Shuffle(tableC, second & half), Avx512BW.Shuffle(tableD, Right(second, 4) & half), target);
            }

            return;
        }

        Vector512<byte> two = Vector512.Create((byte)3), one = Vector512.Create((byte)4);
        Vector512<ulong> halves = Vector512.Create(0ul, 4, 0, 4, 0, 4, 0, 4);

        // A quad has six int32 of the 24: the first four, and twice the last two. The second vector begins with the eighth.
        Vector512<int> firsts = Vector512.Create(0, 1, 2, 3, 6, 7, 8, 9, 12, 13, 14, 15, 26, 27, 28, 29);
        Vector512<int> thirds = Vector512.Create(4, 5, 4, 5, 10, 11, 10, 11, 24, 25, 24, 25, 30, 31, 30, 31);
        for (; steps > 0; steps--, indices += stepBytes, target += StepBytes)
        {
            Vector512<int> lower = Vector512.Load((int*)indices), upper = Vector512.Load((int*)(indices + 32));
            Vector512<byte> first = Avx512F.PermuteVar16x32x2(lower, firsts, upper).AsByte();

            // Bits that cross from byte to byte are masked.
            Vector512<byte> third = Avx512F.ShiftRightLogicalVariable(Avx512F.PermuteVar16x32x2(lower, thirds, upper).AsUInt64(), halves).AsByte();
            Store(
                Avx512BW.Shuffle(tableA, first & two | Left(third, 2) & one),
                Avx512BW.Shuffle(tableB, Right(first, 2) & two | Left(third, 1) & one),
                Avx512BW.Shuffle(tableC, Right(first, 4) & two | third & one),
                Avx512BW.Shuffle(tableD, Right(first, 6) & two | Right(third, 1) & one),
                target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Table(sbyte* levels, int output, int bits) => Vector512.Create(
        Vector256.Create(Vector128Lookup.Table(levels, output, bits), Vector128Lookup.Table(levels, IndexLayout.QuadOutputs + output, bits)),
        Vector256.Create(Vector128Lookup.Table(levels, 2 * IndexLayout.QuadOutputs + output, bits), Vector128Lookup.Table(levels, 3 * IndexLayout.QuadOutputs + output, bits)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Right(Vector512<byte> bytes, int bits) => (bytes.AsUInt16() >>> bits).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Left(Vector512<byte> bytes, int bits) => (bytes.AsUInt16() << bits).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<byte> a, Vector512<byte> b, Vector512<byte> c, Vector512<byte> d, sbyte* target)
    {
        Vector512<long> lowerAB = Avx512F.UnpackLow(a.AsInt32(), b.AsInt32()).AsInt64(), upperAB = Avx512F.UnpackHigh(a.AsInt32(), b.AsInt32()).AsInt64();
        Vector512<long> lowerCD = Avx512F.UnpackLow(c.AsInt32(), d.AsInt32()).AsInt64(), upperCD = Avx512F.UnpackHigh(c.AsInt32(), d.AsInt32()).AsInt64();
        Avx512F.UnpackLow(lowerAB, lowerCD).AsSByte().Store(target);
        Avx512F.UnpackHigh(lowerAB, lowerCD).AsSByte().Store(target + GroupBytes);
        Avx512F.UnpackLow(upperAB, upperCD).AsSByte().Store(target + 2 * GroupBytes);
        Avx512F.UnpackHigh(upperAB, upperCD).AsSByte().Store(target + 3 * GroupBytes);
    }
}
