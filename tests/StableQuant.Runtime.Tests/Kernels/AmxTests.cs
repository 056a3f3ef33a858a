using Iced.Intel;
using StableQuant.Kernels;
using StableQuant.Kernels.Gemm;
using StableQuant.Kernels.Gemm.MachineCode;
using StableQuant.Kernels.Lanes;
using StableQuant.Kernels.Layers;
using StableQuant.Kernels.Outliers;
using StableQuant.Layout;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Products on AMX's tiles are those of plain loops: on the processor where it has them, and everywhere by emulation of the very bytes.</summary>
public sealed unsafe class AmxTests
{
    [Fact]
    public void Emulated_products_have_the_sums_of_plain_loops()
    {
        var random = new Random(31);
        for (int trial = 0; trial < 120; trial++)
        {
            new RandomProduct(random).Check(MicroKernel.Of<EmulatedAmx>());
        }

        EmulatedAmx.HasTiles.ShouldBeFalse("tiles are given back behind a product");
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Amx)]
    public void Products_have_the_sums_of_plain_loops(InstructionSet path)
    {
        path.ShouldBe(InstructionSet.Amx);
        var random = new Random(32);
        for (int trial = 0; trial < 1000; trial++)
        {
            Long(random).Check(MicroKernel.Of<AmxMicroKernel>());
        }
    }

    // Shorter ones are not the kernel's.
    private static RandomProduct Long(Random random) => new(random, fewestGroups: AmxMicroKernel.MinGroups);

    // Two products of a tile are the least: of one, 64 inputs or a part of it, vectors have the sums sooner. Their tiles are of another size.
    [Theory]
    [InlineData(1, false)]
    [InlineData(16, false)]
    [InlineData(31, false)]
    [InlineData(32, true)]
    [InlineData(768, true)]
    public void Products_of_few_inputs_are_left_to_vectors(int groups, bool isAmx)
    {
        MicroKernel chosen = MicroKernel.Of<AmxMicroKernel>().For(groups);
        (chosen.MaxPanels, chosen.SumsRows, chosen.WorkspaceBytes).ShouldBe(
            isAmx ? (AmxMicroKernel.MaxPanels, true, AmxMicroKernel.WorkspaceBytes) : (Avx512VnniMicroKernel.MaxPanels, false, 0));
    }

    // More threads than processors, so that tiles are saved and restored in the middle of a product, under collections all the while.
    [Theory]
    [OnInstructionSet(InstructionSet.Amx)]
    public void Threads_that_are_interrupted_keep_their_tiles(InstructionSet path)
    {
        path.ShouldBe(InstructionSet.Amx);
        using var end = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!end.IsCancellationRequested)
            {
                GC.Collect(0);
            }
        });
        collector.Start();
        try
        {
            Parallel.For(0, 2 * Environment.ProcessorCount, new ParallelOptions { MaxDegreeOfParallelism = 2 * Environment.ProcessorCount }, seed =>
            {
                var random = new Random(seed);
                for (int trial = 0; trial < 40; trial++)
                {
                    Long(random).Check(MicroKernel.Of<AmxMicroKernel>());
                }
            });
        }
        finally
        {
            end.Cancel();
            collector.Join();
        }
    }

    [Fact]
    public void The_entry_for_Windows_gives_rdi_and_rsi_back()
    {
        var emulator = new MachineCodeEmulator(AmxCode.Bytes.ToArray());
        byte* configuration = stackalloc byte[64];
        new Span<byte>(configuration, 64).Clear();
        configuration[0] = 1;
        configuration[16] = 64;
        configuration[48] = 16;
        IReadOnlyDictionary<Register, long> after = emulator.Run(
            AmxCode.Windows, (Register.RCX, (long)configuration), (Register.RDX, MachineCodeEmulator.AddressOf(AmxCode.Configure)), (Register.RDI, 77), (Register.RSI, 78));
        (after[Register.RDI], after[Register.RSI]).ShouldBe((77, 78));
        emulator.HasTiles.ShouldBeTrue();
        emulator.Run(AmxCode.Windows, (Register.RDX, MachineCodeEmulator.AddressOf(AmxCode.Release)));
        emulator.HasTiles.ShouldBeFalse();
    }

    // The kernel, but for the processor.
    private readonly struct EmulatedAmx : IMicroKernel
    {
        private static readonly MachineCodeEmulator Processor = new(AmxCode.Bytes.ToArray());

        public static bool HasTiles => Processor.HasTiles;

        public static bool TakesLimits => AmxMicroKernel.TakesLimits;

        public static bool NeedsLimits => AmxMicroKernel.NeedsLimits;

        public static bool AddsOutliers => AmxMicroKernel.AddsOutliers;

        public static int MinRows => AmxMicroKernel.MinRows;

        public static int MaxPanels => AmxMicroKernel.MaxPanels;

        public static int WorkspaceBytes => AmxMicroKernel.WorkspaceBytes;

        public static int BlockRows(long stride) => AmxMicroKernel.BlockRows(stride);

        public static int Rows(int panels, int left) => AmxMicroKernel.Rows(panels, left);

        public static void Sum(int panels, int rows, TileArguments* tile) => AmxTile.Sum(panels, rows, tile, &Run);

        public static bool SumsRows => AmxMicroKernel.SumsRows;

        public static void SumRows(in LayerArguments a, in GemmShape product, TileArguments* tile, int row, int rows, int panel, int endPanels, int panels) =>
            AmxRows.Sum(a, product, tile, row, rows, panel, endPanels, panels, &Run);

        public static void FinishRows(in LayerArguments a, in GemmShape product, TileArguments* tile) => AmxRows.Finish(a, product, tile, &Run);

        public static void Release() => Run(AmxCode.Release, null);

        private static void Run(int entry, void* argument) => Processor.Run(entry, (Register.RDI, (long)argument));
    }

    /// <summary>A product of any shape, over rows that may overlap and keep outliers, from none of them to all.</summary>
    private sealed class RandomProduct(Random random, int fewestGroups = 1)
    {
        private readonly int rows = random.Next(1, 90), panels = random.Next(1, 6);
        private readonly int taps = random.Next(1, 4), stride = random.Next(1, 3), width = 4 * random.Next(fewestGroups, random.Next(8) switch { < 4 => 40, < 7 => 80, _ => 400 });

        // Up to 75 steps of 64 inputs: one part, several, and the most. Few outliers, many, so many that a tile's do not fit the list, and a crowd.
        private readonly double share = random.Next(5) switch { 0 => 0, 1 => 0.002, 2 => 0.02, 3 => 0.06, _ => 0.5 };

        private int Inputs => taps * width;

        public void Check(MicroKernel kernel)
        {
            int frames = (rows - 1) * stride + taps, firstRow = random.Next(rows);
            var input = new byte[frames * width];
            var remainders = new int[input.Length];
            byte[] weights = [.. Enumerable.Range(0, panels * Inputs * 16).Select(_ => (byte)random.Next(-127, 128))];
            byte[] heads = new byte[frames * OutlierLayout.HeadBytes], tails = new byte[frames * OutlierLayout.TailBytes(width)];
            var window = new InputWindow(taps, stride, 0, width);
            var scratch = new byte[window.Scratch.Bytes + 64];
            int[] weightSums = new int[panels * 16], results = new int[rows * panels * 16];
            for (int i = 0; i < weights.Length; i++)
            {
                weightSums[i / (Inputs * 16) * 16 + i / 4 % 16] += (sbyte)weights[i];
            }

            fixed (byte* x = input, weight = weights, head = heads, tail = tails, room = scratch)
            fixed (int* weightSum = weightSums, result = results)
            {
                var list = new OutlierList(head, tail, frames, width);
                list.Clear(0, frames);
                for (int i = 0; i < input.Length; i++)
                {
                    if (random.NextDouble() < share)
                    {
                        remainders[i] = random.Next(8) == 0 ? random.Next(-30000, 0) : random.Next(1, 300);
                        input[i] = remainders[i] < 0 ? byte.MinValue : byte.MaxValue;
                        list.Add(i / width, i % width, remainders[i]);
                    }
                    else
                    {
                        input[i] = (byte)random.Next(256);
                    }
                }

                var arguments = new LayerArguments
                {
                    FirstRow = firstRow, EndRow = rows, Input = x, InputOutliers = list, Weights = weight, Panels = panels, Sums = weightSum, Output = (float*)result,
                    Scratch = (byte*)(((nint)room + 63) & ~63),
                };
                var shape = new GemmShape { InputStride = stride * width, Groups = Inputs / 4, Panels = panels, Window = share == 0 ? default : window };
                MatrixProduct<ScalarInstructions, ScalarInt, ScalarWeights, ScalarInputs, ScalarInt, ScalarFloat>.Run(kernel, arguments, shape, &NoTile, &Keep);
            }

            for (int i = firstRow * panels * 16; i < results.Length; i++)
            {
                (int row, int output) = (i / (panels * 16), i % (panels * 16));
                int expected = 0;
                for (int k = 0; k < Inputs; k++)
                {
                    int at = row * stride * width + k;
                    expected += (input[at] + remainders[at]) * (sbyte)weights[((output / 16 * (Inputs / 4) + k / 4) * 16 + output % 16) * 4 + k % 4];
                }

                results[i].ShouldBe(expected, $"{rows} rows, {panels} panels, {taps} x {width} inputs, stride {stride}, share {share}: row {row}, output {output}");
            }
        }

        // All tiles are the kernel's.
        private static void NoTile(in LayerArguments a, int row, int panel, int panels, int rows, int* sums) => throw new InvalidOperationException("A tile beside the kernel.");

        private static void Keep(in LayerArguments a, int* sums, int row, int rows, int panel, int panels)
        {
            int all = a.Panels;
            for (int r = 0; r < rows; r++)
            {
                new ReadOnlySpan<int>(sums + r * panels * 16, panels * 16).CopyTo(new Span<int>((int*)a.Output + (row + r) * all * 16 + panel * 16, panels * 16));
            }
        }
    }
}
