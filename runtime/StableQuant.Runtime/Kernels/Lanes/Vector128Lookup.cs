using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.Wasm;
using System.Runtime.Intrinsics.X86;
using StableQuant.Layout;

namespace StableQuant.Kernels.Lanes;

/// <summary>Looks up a quad in vectors of 128 bits: 16 inputs of each output in the output's own table, which four by four become a group's.</summary>
internal static unsafe class Vector128Lookup
{
    private const int GroupBytes = PanelLayout.GroupBytes, StepBytes = PanelLayout.StepGroups * GroupBytes;

    /// <summary>See <see cref="IIndexLookup.LookUp"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int bits, byte* indices, int stepBytes, sbyte* levels, int steps, sbyte* target)
    {
        Vector128<byte> tableA = Table(levels, 0, bits), tableB = Table(levels, 1, bits), tableC = Table(levels, 2, bits), tableD = Table(levels, 3, bits);
        if (bits == IndexLayout.MaxBits)
        {
            Vector128<byte> half = Vector128.Create((byte)0x0F);
            for (; steps > 0; steps--, indices += stepBytes, target += StepBytes)
            {
                Vector128<byte> first = Vector128.Load(indices), second = Vector128.Load(indices + 16);
                Store(LookUp(tableA, first & half), LookUp(tableB, first >>> 4), LookUp(tableC, second & half), LookUp(tableD, second >>> 4), target);
            }

            return;
        }

        Vector128<byte> two = Vector128.Create((byte)3), one = Vector128.Create((byte)4);
        for (; steps > 0; steps--, indices += stepBytes, target += StepBytes)
        {
            // Two bits of each of the four outputs; of the third bits, the low half of a byte is of one input, the high half of another.
            Vector128<byte> first = Vector128.Load(indices);
            Vector64<byte> high = Vector64.Load(indices + 16);
            Vector128<byte> third = Vector128.Create(high, high >>> 4);
            Store(
                LookUp(tableA, first & two | third << 2 & one),
                LookUp(tableB, first >>> 2 & two | third << 1 & one),
                LookUp(tableC, first >>> 4 & two | third & one),
                LookUp(tableD, first >>> 6 & two | third >>> 1 & one),
                target);
        }
    }

    /// <summary>An output's levels, repeated or not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Table(sbyte* levels, int output, int bits) => bits == IndexLayout.MaxBits
        ? Vector128.Load((byte*)levels + output * 16)
        : Vector128.Create(Vector64.Load((byte*)levels + output * 8), Vector64<byte>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> LookUp(Vector128<byte> table, Vector128<byte> indices) =>
        (Ssse3.IsSupported ? Ssse3.Shuffle(table, indices)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.VectorTableLookup(table, indices)
        : PackedSimd.IsSupported ? PackedSimd.Swizzle(table, indices)
        : Vector128.Shuffle(table, indices)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d, sbyte* target)
    {
        Vector128<long> lowerAB = ZipLower(a, b).AsInt64(), upperAB = ZipUpper(a, b).AsInt64(), lowerCD = ZipLower(c, d).AsInt64(), upperCD = ZipUpper(c, d).AsInt64();
        Vector128.Create(lowerAB.GetLower(), lowerCD.GetLower()).AsSByte().Store(target);
        Vector128.Create(lowerAB.GetUpper(), lowerCD.GetUpper()).AsSByte().Store(target + GroupBytes);
        Vector128.Create(upperAB.GetLower(), upperCD.GetLower()).AsSByte().Store(target + 2 * GroupBytes);
        Vector128.Create(upperAB.GetUpper(), upperCD.GetUpper()).AsSByte().Store(target + 3 * GroupBytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> ZipLower(Vector128<int> a, Vector128<int> b) => Sse2.IsSupported ? Sse2.UnpackLow(a, b) : Neon.ZipLower(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> ZipUpper(Vector128<int> a, Vector128<int> b) => Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : Neon.ZipUpper(a, b);
}
