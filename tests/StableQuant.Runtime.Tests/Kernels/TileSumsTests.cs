using System.Diagnostics;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>The machine code: it is what its source assembles to, and it sums as plain C# does.</summary>
public sealed unsafe class TileSumsTests
{
    [Theory]
    [OnPath(KernelPath.Avx512Vnni)]
    public void Random_tiles_have_the_sums_of_plain_loops(KernelPath path)
    {
        path.ShouldBe(KernelPath.Avx512Vnni);
        var random = new Random(6);
        for (int trial = 0; trial < 400; trial++)
        {
            var tile = new RandomTile(random, panels: trial % TileSums.MostPanels + 1);
            tile.Check(TileSums.Run);
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
            new RandomTile(random, panels).Check((width, arguments) =>
            {
                int entry = width switch { 4 => Avx512VnniCode.Tile6x4, 3 => Avx512VnniCode.Tile9x3, 2 => Avx512VnniCode.Tile12x2, _ => Avx512VnniCode.Tile12x1 };
                ((delegate* unmanaged<nint, nint, byte*, TileArguments*, void>)(code + Avx512VnniCode.Windows))(0, 0, code + entry, arguments);
            });
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
    private sealed class RandomTile(Random random, int panels)
    {
        private readonly int rows = TileSums.Rows(panels);
        private readonly int groups = random.Next(1, 200);
        private readonly int stride = random.Next(1, 900);

        public void Check(Sum sum)
        {
            byte[] inputs = Bytes((rows - 1) * stride + groups * 4);
            byte[] weights = Bytes(panels * groups * 64);
            var room = new int[TileSums.RoomForSums];
            fixed (byte* input = inputs, weight = weights)
            fixed (int* memory = room)
            {
                int* sums = TileSums.Align(memory);
                var tile = new TileArguments { Input = input, InputStride = stride, Weights = weight, PanelBytes = groups * 64, Groups = groups, Sums = sums };
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
