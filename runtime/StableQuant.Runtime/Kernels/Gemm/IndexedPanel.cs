using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.Wasm;
using System.Runtime.Intrinsics.X86;
using StableQuant.Kernels.Lanes;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>Expands a panel of weights that are stored as indices (<see cref="IndexLayout"/>) into the panel that kernels read (<see cref="PanelLayout"/>).</summary>
internal static unsafe class IndexedPanel
{
    private const int QuadOutputs = IndexLayout.QuadOutputs, GroupBytes = PanelLayout.GroupBytes, Groups = PanelLayout.StepGroups;

    /// <summary>Bytes of a group that are a quad's.</summary>
    private const int QuadBytes = QuadOutputs * PanelLayout.Inputs;

    /// <summary>Expands a panel.</summary>
    /// <param name="bits">Bits of an index, 3 or 4.</param>
    /// <param name="indices">Its indices.</param>
    /// <param name="levels">The levels of its outputs.</param>
    /// <param name="outputs">Its outputs, 1 … 16; those missing to 16 become zero.</param>
    /// <param name="inputs">Inputs of an output; those missing to whole groups become zero, whatever their indices are.</param>
    /// <param name="panel">Receives it.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Expand(int bits, byte* indices, sbyte* levels, int outputs, int inputs, sbyte* panel)
    {
        int groups = PanelLayout.InputGroups(inputs), steps = groups / Groups, left = groups % Groups, quads = IndexLayout.Quads(outputs);
        int stepBytes = quads * IndexLayout.QuadBytes(bits);
        Vector128<int>* last = stackalloc Vector128<int>[Groups];
        for (int quad = 0; quad < PanelLayout.Outputs / QuadOutputs; quad++)
        {
            sbyte* target = panel + quad * QuadBytes;
            if (quad >= quads)
            {
                for (int group = 0; group < groups; group++)
                {
                    Vector128<sbyte>.Zero.Store(target + group * GroupBytes);
                }

                continue;
            }

            byte* step = indices + quad * IndexLayout.QuadBytes(bits);
            sbyte* own = levels + quad * QuadOutputs * IndexLayout.Levels(bits);
            Vector128<byte> a = Table(own, 0, bits), b = Table(own, 1, bits), c = Table(own, 2, bits), d = Table(own, 3, bits);
            for (int i = 0; i < steps; i++, step += stepBytes, target += Groups * GroupBytes)
            {
                Expand(bits, step, a, b, c, d, (Vector128<int>*)target, GroupBytes / QuadBytes);
            }

            if (left > 0)
            {
                Expand(bits, step, a, b, c, d, last, 1);
                for (int group = 0; group < left; group++)
                {
                    last[group].AsSByte().Store(target + group * GroupBytes);
                }
            }
        }

        // The last group's inputs that are none.
        for (int output = 0; output < PanelLayout.Outputs; output++)
        {
            for (int input = inputs; input < groups * PanelLayout.Inputs; input++)
            {
                panel[PanelLayout.Index(output, input, inputs)] = 0;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Table(sbyte* levels, int output, int bits) => bits == IndexLayout.MaxBits
        ? Vector128.Load((byte*)levels + output * 16)
        : Vector128.Create(Vector64.Load((byte*)levels + output * 8), Vector64<byte>.Zero);

    // Four groups of a quad: 16 inputs of each output are looked up in the output's own table, and four by four become a group's.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Expand(
        int bits, byte* step, Vector128<byte> tableA, Vector128<byte> tableB, Vector128<byte> tableC, Vector128<byte> tableD, Vector128<int>* target, int stride)
    {
        Vector128<int> a, b, c, d;
        Vector128<byte> first = Vector128.Load(step);
        if (bits == IndexLayout.MaxBits)
        {
            Vector128<byte> second = Vector128.Load(step + 16), half = Vector128.Create((byte)0x0F);
            a = LookUp(tableA, first & half);
            b = LookUp(tableB, first >>> 4);
            c = LookUp(tableC, second & half);
            d = LookUp(tableD, second >>> 4);
        }
        else
        {
            // Two bits of each of the four outputs; of the third bits, the low half of a byte is of one input, the high half of another.
            Vector64<byte> high = Vector64.Load(step + 16);
            Vector128<byte> third = Vector128.Create(high, high >>> 4), two = Vector128.Create((byte)3), one = Vector128.Create((byte)4);
            a = LookUp(tableA, first & two | third << 2 & one);
            b = LookUp(tableB, first >>> 2 & two | third << 1 & one);
            c = LookUp(tableC, first >>> 4 & two | third & one);
            d = LookUp(tableD, first >>> 6 & two | third >>> 1 & one);
        }

        Vector128<long> lowerAB = ZipLower(a, b).AsInt64(), upperAB = ZipUpper(a, b).AsInt64(), lowerCD = ZipLower(c, d).AsInt64(), upperCD = ZipUpper(c, d).AsInt64();
        target[0] = Vector128.Create(lowerAB.GetLower(), lowerCD.GetLower()).AsInt32();
        target[stride] = Vector128.Create(lowerAB.GetUpper(), lowerCD.GetUpper()).AsInt32();
        target[2 * stride] = Vector128.Create(upperAB.GetLower(), upperCD.GetLower()).AsInt32();
        target[3 * stride] = Vector128.Create(upperAB.GetUpper(), upperCD.GetUpper()).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> LookUp(Vector128<byte> table, Vector128<byte> indices) =>
        (Ssse3.IsSupported ? Ssse3.Shuffle(table, indices)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.VectorTableLookup(table, indices)
        : PackedSimd.IsSupported ? PackedSimd.Swizzle(table, indices)
        : Vector128.Shuffle(table, indices)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> ZipLower(Vector128<int> a, Vector128<int> b) => Sse2.IsSupported ? Sse2.UnpackLow(a, b) : Neon.ZipLower(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> ZipUpper(Vector128<int> a, Vector128<int> b) => Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : Neon.ZipUpper(a, b);
}
