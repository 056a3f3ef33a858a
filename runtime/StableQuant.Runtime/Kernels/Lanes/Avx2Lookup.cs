using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StableQuant.Layout;

namespace StableQuant.Kernels.Lanes;

/// <summary>Looks up two quads, half a vector each, as <see cref="Vector128Lookup"/> does one.</summary>
internal static unsafe class Avx2Lookup
{
    /// <summary>Quads side by side.</summary>
    public const int Quads = 2;

    private const int GroupBytes = PanelLayout.GroupBytes, StepBytes = PanelLayout.StepGroups * GroupBytes;

    /// <summary>See <see cref="IIndexLookup.LookUp"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int bits, byte* indices, int stepBytes, sbyte* levels, int steps, sbyte* target)
    {
        Vector256<byte> tableA = Table(levels, 0, bits), tableB = Table(levels, 1, bits), tableC = Table(levels, 2, bits), tableD = Table(levels, 3, bits);
        byte* next = indices + IndexLayout.QuadBytes(bits);
        if (bits == IndexLayout.MaxBits)
        {
            Vector256<byte> half = Vector256.Create((byte)0x0F);
            for (; steps > 0; steps--, indices += stepBytes, next += stepBytes, target += StepBytes)
            {
                Vector256<byte> first = Both(indices, next), second = Both(indices + 16, next + 16);
                Store(
                    Avx2.Shuffle(tableA, first & half), Avx2.Shuffle(tableB, Right(first, 4) & half),
                    Avx2.Shuffle(tableC, second & half), Avx2.Shuffle(tableD, Right(second, 4) & half), target);
            }

            return;
        }

        Vector256<byte> two = Vector256.Create((byte)3), one = Vector256.Create((byte)4);
        Vector256<ulong> halves = Vector256.Create(0ul, 4, 0, 4);
        for (; steps > 0; steps--, indices += stepBytes, next += stepBytes, target += StepBytes)
        {
            // Bits that cross from byte to byte are masked.
            Vector256<byte> first = Both(indices, next);
            Vector256<ulong> high = Vector256.Create(Vector128.Create(*(ulong*)(indices + 16)), Vector128.Create(*(ulong*)(next + 16)));
            Vector256<byte> third = Avx2.ShiftRightLogicalVariable(high, halves).AsByte();
            Store(
                Avx2.Shuffle(tableA, first & two | Left(third, 2) & one),
                Avx2.Shuffle(tableB, Right(first, 2) & two | Left(third, 1) & one),
                Avx2.Shuffle(tableC, Right(first, 4) & two | third & one),
                Avx2.Shuffle(tableD, Right(first, 6) & two | Right(third, 1) & one),
                target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Table(sbyte* levels, int output, int bits) =>
        Vector256.Create(Vector128Lookup.Table(levels, output, bits), Vector128Lookup.Table(levels, IndexLayout.QuadOutputs + output, bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Both(byte* quad, byte* next) => Vector256.Create(Vector128.Load(quad), Vector128.Load(next));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Right(Vector256<byte> bytes, int bits) => (bytes.AsUInt16() >>> bits).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Left(Vector256<byte> bytes, int bits) => (bytes.AsUInt16() << bits).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<byte> a, Vector256<byte> b, Vector256<byte> c, Vector256<byte> d, sbyte* target)
    {
        Vector256<long> lowerAB = Avx2.UnpackLow(a.AsInt32(), b.AsInt32()).AsInt64(), upperAB = Avx2.UnpackHigh(a.AsInt32(), b.AsInt32()).AsInt64();
        Vector256<long> lowerCD = Avx2.UnpackLow(c.AsInt32(), d.AsInt32()).AsInt64(), upperCD = Avx2.UnpackHigh(c.AsInt32(), d.AsInt32()).AsInt64();
        Avx2.UnpackLow(lowerAB, lowerCD).AsSByte().Store(target);
        Avx2.UnpackHigh(lowerAB, lowerCD).AsSByte().Store(target + GroupBytes);
        Avx2.UnpackLow(upperAB, upperCD).AsSByte().Store(target + 2 * GroupBytes);
        Avx2.UnpackHigh(upperAB, upperCD).AsSByte().Store(target + 3 * GroupBytes);
    }
}
