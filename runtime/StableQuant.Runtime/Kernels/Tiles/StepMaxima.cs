using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StableQuant.Runtime;

/// <summary>
/// The largest of each 16 inputs of a block of rows: with the limits of packed weights they prove which sums of products stay
/// in int16 (<see cref="TileKernel.Avx512Int16"/>, <see cref="TileKernel.Avx2Int16"/>). Rows begin a multiple of 16 inputs apart,
/// so that windows that overlap share them.
/// </summary>
public unsafe struct StepMaxima
{
    private const int StepInputs = Int16Steps.Inputs;

    // The last maxima are read, and written, some vectors at a time.
    private const int Slack = 128;

    private readonly byte* maxima;
    private readonly int tileRows;
    private readonly long stride;
    private readonly long inputs;
    private int firstRow;

    /// <summary>Maxima in some memory.</summary>
    /// <param name="room">The memory, see <see cref="Room"/>.</param>
    /// <param name="kernel">What sums the tiles.</param>
    /// <param name="stride">Inputs from one row to the next; a multiple of 16.</param>
    /// <param name="inputs">Inputs of a row.</param>
    public StepMaxima(byte* room, TileKernel kernel, long stride, long inputs)
    {
        maxima = room;
        tileRows = TileSums.IsInt16(kernel) ? TileSums.Rows(kernel, 1) : 0;
        this.stride = stride;
        this.inputs = inputs;
    }

    /// <summary>Bytes of memory that they take; 0 where the kernel wants none.</summary>
    /// <param name="kernel">What sums the tiles.</param>
    /// <param name="rows">Rows of a block.</param>
    /// <param name="stride">See the constructor.</param>
    /// <param name="inputs">See the constructor.</param>
    public static int Room(TileKernel kernel, int rows, long stride, long inputs) =>
        TileSums.IsInt16(kernel) ? (int)(((rows + TileSums.Rows(kernel, 1)) * stride + inputs) / StepInputs) + Slack : 0;

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
        long i = 0;
        for (; i + 8 <= count; i += 8, input += 8 * StepInputs)
        {
            Of8(input).StoreUnsafe(ref maxima[i]);
        }

        for (; i < count; i++, input += StepInputs)
        {
            byte largest = 0;
            for (int j = 0; j < StepInputs; j++)
            {
                largest = Math.Max(largest, input[j]);
            }

            maxima[i] = largest;
        }
    }

    /// <summary>The maxima of a row, and of those behind it a sixteenth of their stride apart.</summary>
    public readonly byte* Of(int row) => maxima + (row - firstRow) * (stride / StepInputs);

    // The maxima of 8 steps. Halves of steps are compared until every maximum stands in the low byte of an int32.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector64<byte> Of8(byte* input)
    {
        // Steps 0 and 1, 2 and 3 …
        Vector256<long> a = Vector256.Load((long*)input), b = Vector256.Load((long*)input + 4), c = Vector256.Load((long*)input + 8), d = Vector256.Load((long*)input + 12);

        // Eight bytes each: steps 0 and 2, 1 and 3; 4 and 6, 5 and 7.
        Vector256<float> ab = Avx2.Max(Avx2.UnpackLow(a, b).AsByte(), Avx2.UnpackHigh(a, b).AsByte()).AsSingle();
        Vector256<float> cd = Avx2.Max(Avx2.UnpackLow(c, d).AsByte(), Avx2.UnpackHigh(c, d).AsByte()).AsSingle();

        // Four: 0, 2, 4, 6 and 1, 3, 5, 7.
        Vector256<byte> fours = Avx2.Max(Avx.Shuffle(ab, cd, 0b10_00_10_00).AsByte(), Avx.Shuffle(ab, cd, 0b11_01_11_01).AsByte());
        Vector256<byte> twos = Avx2.Max(fours, Avx2.ShiftRightLogical(fours.AsUInt32(), 16).AsByte());
        Vector256<int> ones = Avx2.Max(twos, Avx2.ShiftRightLogical(twos.AsUInt32(), 8).AsByte()).AsInt32() & Vector256.Create((int)byte.MaxValue);

        // Two bytes an int32, in the steps' order.
        Vector128<int> pairs = ones.GetLower() | Sse2.ShiftLeftLogical(ones.GetUpper(), 8);
        return Sse41.PackUnsignedSaturate(pairs, pairs).GetLower().AsByte();
    }
}
