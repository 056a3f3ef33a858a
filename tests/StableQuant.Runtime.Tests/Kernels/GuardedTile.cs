using System.Runtime.InteropServices;
using StableQuant.Kernels.Gemm;
using StableQuant.Layout;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>
/// A tile of random bytes, extremes among them, whose inputs and weights end where memory ends: a kernel that reads further ends the process.
/// Rows may overlap, as a convolution's do.
/// </summary>
internal static unsafe partial class GuardedTile
{
    private const int Outputs = PanelLayout.Outputs;

    /// <summary>Sums one by a micro-kernel of Arm and by plain loops.</summary>
    /// <param name="kernel">The micro-kernel, whose sums are of inputs less 128.</param>
    /// <param name="random">What it is made of.</param>
    /// <returns>The first difference; null where there is none.</returns>
    public static string? Difference(in MicroKernel kernel, Random random)
    {
        int panels = random.Next(1, TileLayout.MaxPanels + 1), rows = kernel.Rows(panels, random.Next(1, 15));
        int groups = random.Next(40) switch { 0 => random.Next(4088, 4104), < 10 => random.Next(1, 9), _ => random.Next(1, 200) }, stride = random.Next(900);
        int packedBytes = kernel.PackedBytes(groups), panelBytes = groups * PanelLayout.GroupBytes;
        using var inputs = new Memory((rows - 1) * stride + groups * PanelLayout.Inputs);
        using var weights = new Memory(panels * panelBytes);
        using var packed = new Memory(panels * packedBytes);
        Fill(inputs.Bytes, random, lowest: 0, highest: 255);
        Fill(weights.Bytes, random, lowest: -127, highest: 127);
        int* room = stackalloc int[TileSums.Length], sums = TileSums.Align(room), weightSums = stackalloc int[panels * Outputs];
        for (int output = 0; output < panels * Outputs; output++)
        {
            weightSums[output] = Sum(null, weights.Start, groups, output);
        }

        for (int panel = 0; packedBytes > 0 && panel < panels; panel++)
        {
            kernel.Pack(weights.Start + panel * panelBytes, weightSums + panel * Outputs, groups, packed.Start + panel * packedBytes);
        }

        var tile = new TileArguments
        {
            Input = inputs.Start,
            InputStride = stride,
            Weights = packedBytes > 0 ? packed.Start : weights.Start,
            PanelBytes = packedBytes > 0 ? packedBytes : panelBytes,
            Groups = groups,
            Sums = sums,
        };
        kernel.Sum(panels, rows, &tile);
        for (int row = 0; row < rows; row++)
        {
            for (int output = 0; output < panels * Outputs; output++)
            {
                int expected = Sum(inputs.Start + row * stride, weights.Start, groups, output) - 128 * weightSums[output];
                if (sums[row * panels * Outputs + output] is int sum && sum != expected)
                {
                    return $"{rows} rows, {panels} panels, {groups} groups, stride {stride}: row {row}, output {output} is {sum}, not {expected}.";
                }
            }
        }

        return null;
    }

    // Of a row, or of ones.
    private static int Sum(byte* row, byte* weights, int groups, int output)
    {
        int sum = 0;
        for (int i = 0; i < groups * 4; i++)
        {
            sum += (row == null ? 1 : row[i]) * (sbyte)weights[((output / 16 * groups + i / 4) * 16 + output % 16) * 4 + i % 4];
        }

        return sum;
    }

    private static void Fill(Span<byte> bytes, Random random, int lowest, int highest)
    {
        foreach (ref byte value in bytes)
        {
            value = unchecked((byte)(random.Next(4) switch { 0 => lowest, 1 => highest, _ => random.Next(lowest, highest + 1) }));
        }
    }

    /// <summary>Bytes with a page behind them that nobody may read.</summary>
    private readonly ref struct Memory
    {
        private const int Page = 65536;

        private readonly byte* pages;
        private readonly nuint length;
        private readonly int bytes;

        public Memory(int bytes)
        {
            const int ReadWrite = 3, None = 0, PrivateAnonymous = 0x22;
            this.bytes = bytes;
            length = (nuint)((bytes + Page - 1) / Page + 1) * Page;
            pages = Map(null, length, ReadWrite, PrivateAnonymous, -1, 0);
            if (pages == (byte*)-1 || Protect(pages + length - Page, Page, None) != 0)
            {
                throw new InvalidOperationException("The system gives no memory.");
            }
        }

        public byte* Start => pages + length - Page - bytes;

        public Span<byte> Bytes => new(Start, bytes);

        public void Dispose() => _ = Unmap(pages, length);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
