using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// How far each 16 inputs of a block of rows lie from their zero point: with the limits of packed weights this proves which sums
/// of products stay in int16 (<see cref="IMicroKernel.TakesLimits"/>). Eight of the 16, two
/// neighbours of each group of 4, share an int16 lane. A step's deviation is Σ (input − zero point)² of those or of the other eight,
/// whichever is larger, in units of 512 and rounded up: 1 … 254, or 255 for any. Rows begin a multiple of 16 inputs apart, so
/// that windows that overlap share them.
/// </summary>
internal unsafe struct StepDeviations
{
    private const int StepInputs = Int16Steps.Inputs;

    private readonly byte* deviations;
    private readonly int tileRows;
    private readonly long stride;
    private readonly long inputs;
    private readonly byte zeroPoint;
    private int firstRow;

    /// <summary>Deviations in some memory.</summary>
    /// <param name="workspace">The memory, see <see cref="WorkspaceBytes"/>.</param>
    /// <param name="kernel">What sums the tiles.</param>
    /// <param name="stride">Inputs from one row to the next; a multiple of 16.</param>
    /// <param name="inputs">Inputs of a row.</param>
    /// <param name="zeroPoint">The inputs' zero point, 0 … 255.</param>
    public StepDeviations(byte* workspace, in MicroKernel kernel, long stride, long inputs, int zeroPoint)
    {
        deviations = workspace;
        tileRows = kernel.TakesLimits ? kernel.MinRows : 0;
        this.stride = stride;
        this.inputs = inputs;
        this.zeroPoint = (byte)zeroPoint;
    }

    /// <summary>Bytes of memory that they take; 0 where the kernel wants none.</summary>
    /// <param name="kernel">What sums the tiles.</param>
    /// <param name="rows">Rows of a block.</param>
    /// <param name="stride">See the constructor.</param>
    /// <param name="inputs">See the constructor.</param>
    public static int WorkspaceBytes(in MicroKernel kernel, int rows, long stride, long inputs) =>
        kernel.TakesLimits ? (int)PanelLayout.DeviationBytes(rows + kernel.MinRows, stride, inputs) : 0;

    /// <summary>Finds them for a block of rows; one with fewer rows than a tile begins before its first.</summary>
    /// <param name="input">Row 0 of the input.</param>
    /// <param name="first">The block's first row.</param>
    /// <param name="end">The row behind its last one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Find(byte* input, int first, int end)
    {
        if (tileRows == 0)
        {
            return;
        }

        firstRow = Math.Max(Math.Min(first, end - tileRows), 0);
        input += firstRow * stride;
        long count = ((end - 1 - firstRow) * stride + inputs) / StepInputs;
        Vector256<byte> zero = Vector256.Create(zeroPoint);
        long i = 0;
        for (; i + 8 <= count; i += 8, input += 8 * StepInputs)
        {
            Of8(input, zero).StoreUnsafe(ref deviations[i]);
        }

        byte* last = stackalloc byte[8 * StepInputs];
        if (i < count)
        {
            Unsafe.CopyBlockUnaligned(last, input, (uint)((count - i) * StepInputs));
            Of8(last, zero).StoreUnsafe(ref deviations[i]);
        }
    }

    /// <summary>The deviations of a row, and of those behind it a sixteenth of their stride apart.</summary>
    public readonly byte* Of(int row) => deviations + (row - firstRow) * (stride / StepInputs);

    // The deviations of 8 steps. Halves of steps are added until each int32 holds the two sums of a step.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector64<byte> Of8(byte* input, Vector256<byte> zero)
    {
        // Steps 0 and 1, 2 and 3 …
        Vector256<long> a = Squares(input, zero), b = Squares(input + 32, zero), c = Squares(input + 64, zero), d = Squares(input + 96, zero);

        // Half a step each: 0 and 2, 1 and 3; 4 and 6, 5 and 7.
        Vector256<float> ab = Sum(Avx2.UnpackLow(a, b), Avx2.UnpackHigh(a, b)).AsSingle();
        Vector256<float> cd = Sum(Avx2.UnpackLow(c, d), Avx2.UnpackHigh(c, d)).AsSingle();

        // Steps 0, 2, 4, 6 and 1, 3, 5, 7.
        Vector256<short> sums = Sum(Avx.Shuffle(ab, cd, 0b10_00_10_00).AsInt64(), Avx.Shuffle(ab, cd, 0b11_01_11_01).AsInt64());
        Vector256<short> larger = Avx2.Min(sums, Avx2.ShiftRightLogical(sums.AsInt32(), 16).AsInt16());
        Vector256<int> units = Avx2.Subtract(Vector256<short>.Zero, Avx2.ShiftRightArithmetic(larger, PanelLayout.DeviationBits)).AsInt32() & Vector256.Create((int)ushort.MaxValue);

        // Two int16 an int32, in the steps' order.
        Vector128<short> steps = (units.GetLower() | Sse2.ShiftLeftLogical(units.GetUpper(), 16)).AsInt16();
        return Vector64.Max(Sse2.PackUnsignedSaturate(steps, steps).GetLower(), Vector64<byte>.One);
    }

    // For each two inputs the squares of half their deviations, added and negative: −2 · 128² is the lowest int16.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<long> Squares(byte* input, Vector256<byte> zero)
    {
        Vector256<byte> inputs = Vector256.Load(input);
        Vector256<byte> deviations = Avx2.SubtractSaturate(inputs, zero) | Avx2.SubtractSaturate(zero, inputs);
        Vector256<byte> halves = Avx2.Average(deviations, Vector256<byte>.Zero);
        return Avx2.MultiplyAddAdjacent(halves, Avx2.Subtract(Vector256<byte>.Zero, halves).AsSByte()).AsInt64();
    }

    // Where the lowest int16 is reached, the deviation is beyond any limit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Sum(Vector256<long> a, Vector256<long> b) => Avx2.AddSaturate(a.AsInt16(), b.AsInt16());
}
