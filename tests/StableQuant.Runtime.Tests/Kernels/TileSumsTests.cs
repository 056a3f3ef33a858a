using System.Diagnostics;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Kernels for tiles sum as plain C# does; machine code is what its source assembles to.</summary>
public sealed unsafe class TileSumsTests
{
    [Theory]
    [OnPath(KernelPath.Avx2)]
    [OnPath(KernelPath.Avx512)]
    public void Random_tiles_of_weights_that_fit_int16_have_the_sums_of_plain_loops(KernelPath path)
    {
        TileKernel kernel = path == KernelPath.Avx2 ? TileKernel.Avx2Int16 : TileKernel.Avx512Int16;
        var random = new Random(8);
        for (int trial = 0; trial < 400; trial++)
        {
            new RandomTile(random, kernel, panels: trial % TileSums.MostPanels + 1, fitsInt16: true).Check((panels, tile) => TileSums.Run(kernel, panels, tile));
        }
    }

    // Two products of 255 · 64 fit int16, four do not: the second of two steps is wide, and its two lanes an output would wrap.
    // The last group stands alone.
    [Theory]
    [OnPath(KernelPath.Avx2, 0b10, 255 * 64 * 14)]
    [OnPath(KernelPath.Avx512, 0b10, 255 * 64 * 14)]
    [OnPath(KernelPath.Avx2, 0b00, 255 * 64 * 14 - 2 * 65536)]
    [OnPath(KernelPath.Avx512, 0b00, 255 * 64 * 14 - 2 * 65536)]
    public void A_listed_step_is_summed_in_pairs_and_one_that_is_not_wraps(KernelPath path, int list, int expected)
    {
        TileKernel kernel = path == KernelPath.Avx2 ? TileKernel.Avx2Int16 : TileKernel.Avx512Int16;
        byte[] inputs = [.. Enumerable.Repeat((byte)255, 20)];
        int[] group = [0, 0, 64, 64, 64];
        byte[] weights = [.. Enumerable.Range(0, 5 * 64).Select(i => (byte)(group[i / 64] != 0 || i % 4 == 0 ? 64 : 0))];
        long wide = list;
        var room = new int[TileSums.RoomForSums];
        fixed (byte* input = inputs, weight = weights)
        fixed (int* memory = room)
        {
            int* sums = TileSums.Align(memory);
            var tile = new TileArguments { Input = input, InputStride = 0, Weights = weight, PanelBytes = 320, Groups = 5, Sums = sums, WideSteps = (byte*)&wide };
            TileSums.Run(kernel, 1, &tile);
            new ReadOnlySpan<int>(sums, TileSums.Rows(kernel, 1) * 16).ToArray().ShouldAllBe(sum => sum == expected);
        }
    }

    [Theory]
    [OnPath(KernelPath.Avx512Vnni)]
    public void Random_tiles_have_the_sums_of_plain_loops(KernelPath path)
    {
        path.ShouldBe(KernelPath.Avx512Vnni);
        var random = new Random(6);
        for (int trial = 0; trial < 400; trial++)
        {
            var tile = new RandomTile(random, TileKernel.Avx512Vnni, panels: trial % TileSums.MostPanels + 1, fitsInt16: false);
            tile.Check(Avx512VnniTiles.Run);
        }
    }

    [OnLinuxX64Theory]
    [OnPath(KernelPath.Avx512Vnni)]
    public void The_entry_for_Windows_sums_the_same(KernelPath path)
    {
        path.ShouldBe(KernelPath.Avx512Vnni);
        // Its convention takes the first two arguments in rcx and rdx, where System V has the fourth and third.
        byte* code = ExecutableMemory.Place(Avx512VnniCode.Bytes);
        var random = new Random(7);
        for (int panels = 1; panels <= TileSums.MostPanels; panels++)
        {
            new RandomTile(random, TileKernel.Avx512Vnni, panels, fitsInt16: false).Check((width, arguments) =>
            {
                int entry = width switch { 4 => Avx512VnniCode.Tile6x4, 3 => Avx512VnniCode.Tile9x3, 2 => Avx512VnniCode.Tile12x2, _ => Avx512VnniCode.Tile12x1 };
                ((delegate* unmanaged<nint, nint, byte*, TileArguments*, void>)(code + Avx512VnniCode.Windows))(0, 0, code + entry, arguments);
            });
        }
    }

    [Fact]
    public void Where_NET_has_the_instruction_it_sums_the_same_without_machine_code()
    {
        Type tiles = LaterRuntime.Compile().GetType("StableQuant.Runtime.Avx512VnniTiles", throwOnError: true)!;
        tiles.GetProperty("IsSupported")!.GetValue(null).ShouldBe(true);
        var run = (delegate*<int, TileArguments*, void>)tiles.GetMethod("Run")!.MethodHandle.GetFunctionPointer();
        var random = new Random(9);
        for (int trial = 0; trial < 40; trial++)
        {
            // As many rows as the int16 tiles have.
            int panels = trial % TileSums.MostPanels + 1;
            tiles.GetMethod("Rows")!.Invoke(null, [panels]).ShouldBe(TileSums.Rows(TileKernel.Avx512Int16, panels));
            new RandomTile(random, TileKernel.Avx512Int16, panels, fitsInt16: false).Check((width, tile) => run(width, tile));
        }
    }

    [OnLinuxX64Fact]
    public void The_bytes_are_what_the_source_assembles_to()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");
        try
        {
            Run(folder, "as", Path.Combine(AppContext.BaseDirectory, "Avx512Vnni.s"), "-o", "code.o");
            Run(folder, "objcopy", "-O", "binary", "-j", ".text", "code.o", "code.bin");
            byte[] assembled = File.ReadAllBytes(Path.Combine(folder.FullName, "code.bin"));
            Convert.ToHexString(assembled).ShouldBe(Convert.ToHexString(Avx512VnniCode.Bytes));

            string symbols = Run(folder, "objdump", "-t", "code.o");
            (string Name, int Entry)[] entries =
            [
                ("tile6x4", Avx512VnniCode.Tile6x4), ("tile9x3", Avx512VnniCode.Tile9x3), ("tile12x2", Avx512VnniCode.Tile12x2),
                ("tile12x1", Avx512VnniCode.Tile12x1), ("windows", Avx512VnniCode.Windows), ("saved_states", Avx512VnniCode.SavedStates),
            ];
            entries.ShouldAllBe(e => symbols.Contains($"{e.Entry:x16} l       .text\t0000000000000000 {e.Name}", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Run(DirectoryInfo folder, string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder.FullName, RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}");
        return output;
    }

    private delegate void Sum(int panels, TileArguments* tile);

    /// <summary>A tile of random bytes, extremes among them; rows may overlap, as a convolution's do.</summary>
    private sealed class RandomTile(Random random, TileKernel kernel, int panels, bool fitsInt16)
    {
        private readonly int rows = TileSums.Rows(kernel, panels);
        private readonly int groups = random.Next(1, 200);
        private readonly int stride = random.Next(1, 900);

        public void Check(Sum sum)
        {
            byte[] inputs = Bytes((rows - 1) * stride + groups * 4);
            byte[] weights = Bytes(panels * groups * 64);
            byte[] wide = fitsInt16 ? MakeFit(weights) : new byte[8];
            var room = new int[TileSums.RoomForSums];
            fixed (byte* input = inputs, weight = weights, list = wide)
            fixed (int* memory = room)
            {
                int* sums = TileSums.Align(memory);
                var tile = new TileArguments { Input = input, InputStride = stride, Weights = weight, PanelBytes = groups * 64, Groups = groups, Sums = sums, WideSteps = list };
                sum(panels, &tile);
                for (int row = 0; row < rows; row++)
                {
                    for (int output = 0; output < panels * 16; output++)
                    {
                        sums[row * panels * 16 + output].ShouldBe(Expected(inputs, weights, row, output), $"{panels} panels, {groups} groups, stride {stride}, row {row}, output {output}");
                    }
                }
            }
        }

        private int Expected(byte[] inputs, byte[] weights, int row, int output)
        {
            int sum = 0;
            for (int i = 0; i < groups * 4; i++)
            {
                sum += inputs[row * stride + i] * (sbyte)weights[(output / 16 * groups + i / 4) * 64 + output % 16 * 4 + i % 4];
            }

            return sum;
        }

        /// <summary>Changes weights so that all sums of two products fit int16, by so little that many lie at the border.</summary>
        /// <returns>The steps where a sum of four does not, 64 a word.</returns>
        private byte[] MakeFit(byte[] weights)
        {
            // Some tiles have small weights, and few wide steps.
            int largest = random.Next(2) == 0 ? 128 : 45;
            for (int i = 0; i < weights.Length; i += 2)
            {
                int first = Math.Clamp((int)(sbyte)weights[i], -largest, largest);
                int second = Math.Clamp((int)(sbyte)weights[i + 1], -largest, largest);
                weights[i] = (byte)first;
                weights[i + 1] = (byte)Math.Clamp(second, -128 - Math.Min(first, 0), 128 - Math.Max(first, 0));
            }

            int words = (groups / 2 + 63) / 64;
            var wide = new byte[panels * words * 8];
            for (int panel = 0; panel < panels; panel++)
            {
                for (int group = 0; group + 1 < groups; group += 2)
                {
                    for (int pair = 0; pair < 64; pair += 2)
                    {
                        int[] four = [.. new[] { 0, 1, 64, 65 }.Select(place => (int)(sbyte)weights[(panel * groups + group) * 64 + pair + place])];
                        bool fits = four.Where(w => w > 0).Sum() * 255 <= short.MaxValue && four.Where(w => w < 0).Sum() * 255 >= short.MinValue;
                        wide[panel * words * 8 + group / 16] |= (byte)(fits ? 0 : 1 << (group / 2 % 8));
                    }
                }
            }

            return wide;
        }

        private byte[] Bytes(int count)
        {
            var bytes = new byte[count];
            random.NextBytes(bytes);
            for (int i = 0; i < count; i += 3)
            {
                bytes[i] = random.Next(3) switch { 0 => 255, 1 => 127, _ => 129 };
            }

            return bytes;
        }
    }
}
