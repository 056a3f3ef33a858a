using StableQuant.Kernels;
using StableQuant.Kernels.Gemm;
using StableQuant.Kernels.Gemm.MachineCode;
using StableQuant.Kernels.Lanes;
using StableQuant.Kernels.Layers;
using StableQuant.Layout;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Kernels for tiles sum as plain C# does; machine code is what its source assembles to.</summary>
public sealed unsafe class MicroKernelTests
{
    [Theory]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    public void Random_tiles_with_limits_have_the_sums_of_plain_loops(InstructionSet path)
    {
        MicroKernel kernel = Int16Kernel(path);
        var random = new Random(8);
        for (int trial = 0; trial < 400; trial++)
        {
            int panels = trial % TileLayout.MaxPanels + 1;
            new RandomTile(random, kernel.Rows(panels), panels, kernel).Check((width, tile) => kernel.Sum(width, kernel.Rows(width), tile));
        }
    }

    // Sums of four products of 200 · 41 do not fit int16, nor do those of eight: with limits that say so, or that are passed
    // by one deviation alone, products are widened one by one. What wrong limits would give shows that they are what decides.
    [Theory]
    [OnInstructionSet(InstructionSet.Avx2, 0, 0, 200 * 41 * 20)]
    [OnInstructionSet(InstructionSet.Avx512, 0, 0, 200 * 41 * 20)]
    [OnInstructionSet(InstructionSet.Avx2, 79, 79, 200 * 41 * 20)]
    [OnInstructionSet(InstructionSet.Avx512, 79, 79, 200 * 41 * 20)]
    [OnInstructionSet(InstructionSet.Avx2, 79, 80, 200 * 41 * 20 - 4 * 65536)]
    [OnInstructionSet(InstructionSet.Avx512, 79, 80, 200 * 41 * 20 - 4 * 65536)]
    [OnInstructionSet(InstructionSet.Avx2, 80, 0, 200 * 41 * 20 - 2 * 65536)]
    [OnInstructionSet(InstructionSet.Avx512, 80, 0, 200 * 41 * 20 - 2 * 65536)]
    public void Limits_decide_how_many_products_are_added_in_int16(InstructionSet path, int ofEight, int ofFour, int expected)
    {
        MicroKernel kernel = Int16Kernel(path);

        // A step, and a group behind it.
        byte[] inputs = [.. Enumerable.Repeat((byte)200, 20)];
        byte[] weights = [.. Enumerable.Repeat((byte)41, 5 * 64)];
        byte[] limits = [(byte)ofEight, (byte)ofFour, .. new byte[64]];
        byte[] deviations = [80, .. new byte[127]];
        var room = new int[TileSums.Length];
        fixed (byte* input = inputs, weight = weights, limit = limits, deviation = deviations)
        fixed (int* memory = room)
        {
            int* sums = TileSums.Align(memory);
            var tile = new TileArguments { Input = input, InputStride = 0, Weights = weight, PanelBytes = 320, Groups = 5, Sums = sums, Limits = limit, Deviations = deviation };
            kernel.Sum(1, kernel.Rows(1), &tile);
            new ReadOnlySpan<int>(sums, kernel.Rows(1) * 16).ToArray().ShouldAllBe(sum => sum == expected);
        }
    }

    // As attention's probabilities: any bytes, of which not even two products fit int16.
    [Theory]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    public void Without_limits_no_products_are_added_in_int16(InstructionSet path)
    {
        MicroKernel kernel = Int16Kernel(path);
        byte[] inputs = [.. Enumerable.Repeat(byte.MaxValue, 16)];
        byte[] weights = [.. Enumerable.Repeat(unchecked((byte)-127), 4 * 64)];
        var room = new int[TileSums.Length];
        fixed (byte* input = inputs, weight = weights)
        fixed (int* memory = room)
        {
            int* sums = TileSums.Align(memory);
            var tile = new TileArguments { Input = input, InputStride = 0, Weights = weight, PanelBytes = 256, Groups = 4, Sums = sums };
            kernel.Sum(1, kernel.Rows(1), &tile);
            new ReadOnlySpan<int>(sums, kernel.Rows(1) * 16).ToArray().ShouldAllBe(sum => sum == -127 * 255 * 16);
        }
    }

    // The longest row of probabilities that an instance accepts: an hour at 50 frames a second.
    [Theory]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.Avx512Vnni)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void An_hour_of_probabilities_stays_inside_int32(InstructionSet path)
    {
        const int Frames = 180_000;
        int top = Softmax<ScalarInstructions, ScalarInt, ScalarFloat>.Top(Frames);
        MicroKernel kernel = path switch
        {
            InstructionSet.Avx512Vnni => MicroKernel.Of<Avx512VnniMicroKernel>(),
            InstructionSet.Vector128 => MicroKernel.Of<Vector128MicroKernel>(),
            _ => Int16Kernel(path),
        };
        byte[] inputs = [.. Enumerable.Repeat((byte)top, Frames)];
        byte[] weights = [.. Enumerable.Repeat(unchecked((byte)-127), Frames * 16)];
        var room = new int[TileSums.Length];
        fixed (byte* input = inputs, weight = weights)
        fixed (int* memory = room)
        {
            int* sums = TileSums.Align(memory);
            var tile = new TileArguments { Input = input, InputStride = 0, Weights = weight, PanelBytes = Frames * 16, Groups = Frames / 4, Sums = sums };
            kernel.Sum(1, kernel.Rows(1), &tile);
            new ReadOnlySpan<int>(sums, kernel.Rows(1) * 16).ToArray().ShouldAllBe(sum => sum == -127L * top * Frames);
        }
    }

    // Panels whose steps add eights, fours and int16 operands in every combination.
    [Theory]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    public void Each_panel_of_a_tile_has_limits_of_its_own(InstructionSet path)
    {
        MicroKernel kernel = Int16Kernel(path);
        const int Panels = 2, Steps = 9;
        int rows = kernel.Rows(Panels);
        byte[] inputs = [.. Enumerable.Range(0, Steps * 16).Select(i => (byte)(i / 16 + 1))];
        byte[] weights = [.. Enumerable.Range(0, Panels * Steps * 256).Select(i => (byte)(i % 7))];
        byte[] deviations = [.. Enumerable.Repeat((byte)5, Steps), .. new byte[119]];
        byte[] limits = [.. Lists(step => step / 3), .. Lists(step => step % 3), .. new byte[64]];
        var room = new int[TileSums.Length];
        fixed (byte* input = inputs, weight = weights, limit = limits, deviation = deviations)
        fixed (int* memory = room)
        {
            int* sums = TileSums.Align(memory);
            var tile = new TileArguments { Input = input, Weights = weight, PanelBytes = Steps * 256, Groups = Steps * 4, Sums = sums, Limits = limit, Deviations = deviation };
            kernel.Sum(Panels, rows, &tile);
            for (int i = 0; i < rows * Panels * 16; i++)
            {
                int output = i % 16, panel = i / 16 % Panels;
                sums[i].ShouldBe(Enumerable.Range(0, Steps * 16).Sum(k => inputs[k] * weights[(panel * Steps * 4 + k / 4) * 64 + output * 4 + k % 4]));
            }
        }

        // 0: eight, 1: four, 2: neither.
        static IEnumerable<byte> Lists(Func<int, int> choice) =>
            [.. Enumerable.Range(0, Steps).Select(step => (byte)(choice(step) == 0 ? 5 : 4)), .. Enumerable.Range(0, Steps).Select(step => (byte)(choice(step) == 1 ? 5 : 4))];
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Avx2)]
    public void Deviations_are_those_of_each_16_inputs(InstructionSet path)
    {
        path.ShouldBe(InstructionSet.Avx2);
        var random = new Random(11);
        for (int trial = 0; trial < 300; trial++)
        {
            MicroKernel kernel = trial % 2 == 0 ? MicroKernel.Of<Avx2Int16MicroKernel>() : MicroKernel.Of<Avx512Int16MicroKernel>();
            int tileRows = kernel.Rows(1);
            int stride = 16 * random.Next(1, 9), count = random.Next(1, 150), rows = random.Next(tileRows, 40);
            int zeroPoint = random.Next(4) switch { 0 => 0, 1 => 255, _ => random.Next(256) }, widest = random.Next(1, 256);
            byte[] inputs = new byte[(rows - 1) * stride + count];
            foreach (ref byte input in inputs.AsSpan())
            {
                input = (byte)Math.Clamp(zeroPoint + random.Next(-widest, widest + 1), 0, 255);
            }

            // A block's tiles begin with its first row, or with an earlier one where it is lower than a tile.
            int end = random.Next(tileRows, rows + 1), first = random.Next(end);
            byte[] memory = new byte[StepDeviations.WorkspaceBytes(kernel, end - first, stride, count)];
            fixed (byte* input = inputs, room = memory)
            {
                var deviations = new StepDeviations(room, kernel, stride, count, zeroPoint);
                deviations.Find(input, first, end);
                for (int row = Math.Min(first, end - tileRows); row < end; row++)
                {
                    new ReadOnlySpan<byte>(deviations.Of(row), count / 16).ToArray()
                        .ShouldBe(inputs.Skip(row * stride).Take(count / 16 * 16).Chunk(16).Select(step => Deviation(step, zeroPoint)));
                }
            }
        }

        StepDeviations.WorkspaceBytes(MicroKernel.Of<Avx512VnniMicroKernel>(), 100, 768, 768).ShouldBe(0);
    }

    // No less than Σ (input − zero point)² of either eight inputs, in units of 512; half deviations are rounded up.
    private static byte Deviation(byte[] step, int zeroPoint)
    {
        int Squares(int lane) => step.Where((_, i) => i % 4 / 2 == lane).Sum(x => (int)Math.Pow((Math.Abs(x - zeroPoint) + 1) / 2 * 2, 2));
        return (byte)Math.Clamp((Math.Max(Squares(0), Squares(1)) + 511) / 512, 1, 255);
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Avx512Vnni)]
    public void Random_tiles_have_the_sums_of_plain_loops(InstructionSet path)
    {
        path.ShouldBe(InstructionSet.Avx512Vnni);
        var random = new Random(6);
        for (int trial = 0; trial < 400; trial++)
        {
            // Rows that are left, from one to more than a tile has.
            int panels = trial % TileLayout.MaxPanels + 1, rows = MicroKernel.Of<Avx512VnniMicroKernel>().Rows(panels, left: trial / TileLayout.MaxPanels % 15 + 1);
            new RandomTile(random, rows, panels).Check((width, tile) => Avx512VnniMicroKernel.Sum(width, rows, tile));
        }
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Random_tiles_of_128_bits_have_the_sums_of_plain_loops(InstructionSet path)
    {
        path.ShouldBe(InstructionSet.Vector128);
        var random = new Random(9);
        for (int trial = 0; trial < 400; trial++)
        {
            int panels = trial % TileLayout.MaxPanels + 1, rows = Vector128MicroKernel.Rows(panels, int.MaxValue);
            new RandomTile(random, rows, panels).Check((width, tile) => Vector128MicroKernel.Sum(width, rows, tile));
        }
    }

    [OnLinuxX64Theory]
    [OnInstructionSet(InstructionSet.Avx512Vnni)]
    public void The_entry_for_Windows_sums_the_same(InstructionSet path)
    {
        path.ShouldBe(InstructionSet.Avx512Vnni);
        // Its convention takes the first two arguments in rcx and rdx, where System V has the fourth and third.
        byte* code = ExecutableMemory.Place(Avx512VnniCode.Bytes);
        var random = new Random(7);
        foreach ((int rows, int panels, int entry) in new[] { (3, 4, Avx512VnniCode.Tile3x4), (6, 4, Avx512VnniCode.Tile6x4), (9, 3, Avx512VnniCode.Tile9x3), (12, 2, Avx512VnniCode.Tile12x2), (12, 1, Avx512VnniCode.Tile12x1) })
        {
            new RandomTile(random, rows, panels).Check((_, arguments) =>
            {
                ((delegate* unmanaged<nint, nint, byte*, TileArguments*, void>)(code + Avx512VnniCode.Windows))(0, 0, code + entry, arguments);
            });
        }
    }

    [Fact]
    public void Where_NET_has_the_instruction_it_sums_the_same_without_machine_code()
    {
        Type tiles = LaterRuntime.Compile().GetType("StableQuant.Kernels.Gemm.Avx512VnniMicroKernel", throwOnError: true)!;
        tiles.GetProperty("IsSupported")!.GetValue(null).ShouldBe(true);
        var run = (delegate*<int, int, TileArguments*, void>)tiles.GetMethod("Sum")!.MethodHandle.GetFunctionPointer();
        var random = new Random(9);
        for (int trial = 0; trial < 40; trial++)
        {
            int panels = trial % TileLayout.MaxPanels + 1;
            int rows = (int)tiles.GetMethod("Rows", [typeof(int), typeof(int)])!.Invoke(null, [panels, trial % 15 + 1])!;
            new RandomTile(random, rows, panels).Check((width, tile) => run(width, rows, tile));
        }
    }

    [OnLinuxX64Fact]
    [Trait("Ring", "Full")]
    public void The_bytes_are_what_the_sources_assemble_to()
    {
        AssembledSource.Of("Avx512Vnni.s").ShouldBe(Avx512VnniCode.Bytes, typeof(Avx512VnniCode));
        AssembledSource.Of("Amx.s").ShouldBe(AmxCode.Bytes, typeof(AmxCode));
    }

    private static MicroKernel Int16Kernel(InstructionSet path) => path == InstructionSet.Avx2 ? MicroKernel.Of<Avx2Int16MicroKernel>() : MicroKernel.Of<Avx512Int16MicroKernel>();

    private delegate void Sum(int panels, TileArguments* tile);

    /// <summary>A tile of random bytes, extremes among them; rows may overlap, as a convolution's do.</summary>
    private sealed class RandomTile(Random random, int rows, int panels, MicroKernel limited = default)
    {
        private readonly int groups = random.Next(1, 200);
        private readonly int zeroPoint = random.Next(256);
        private readonly int stride = limited.Exists ? 16 * random.Next(0, 56) : random.Next(1, 900);

        public void Check(Sum sum)
        {
            byte[] inputs = Bytes((rows - 1) * stride + groups * 4);
            byte[] weights = Bytes(panels * groups * 64);
            byte[] limits = limited.Exists ? Limits(inputs, weights) : [0];
            byte[] memoryOfDeviations = new byte[StepDeviations.WorkspaceBytes(limited, rows, stride, groups * 4) + 1];
            var room = new int[TileSums.Length];
            fixed (byte* input = inputs, weight = weights, limit = limits, deviationRoom = memoryOfDeviations)
            fixed (int* memory = room)
            {
                int* sums = TileSums.Align(memory);
                var deviations = new StepDeviations(deviationRoom, limited, stride, groups * 4, zeroPoint);
                deviations.Find(input, 0, rows);
                var tile = new TileArguments
                {
                    Input = input, InputStride = stride, Weights = weight, PanelBytes = groups * 64, Groups = groups, Sums = sums, Limits = limit, Deviations = deviations.Of(0),
                };
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

        /// <summary>
        /// The limits of weights and inputs that were made smaller, step by step, by so much that many sums lie at the border
        /// of int16: a step's inputs follow the weights of one output where those of many lie too far from the zero point.
        /// </summary>
        private byte[] Limits(byte[] inputs, byte[] weights)
        {
            int largestWeight = random.Next(10, 128);
            for (int i = 0; i < weights.Length; i++)
            {
                weights[i] = (byte)Math.Clamp((int)(sbyte)weights[i], -largestWeight, largestWeight);
            }

            for (int i = 0; i < inputs.Length; i += 16)
            {
                int widest = random.Next(1, 256), sign = random.Next(3) - 1, group = i / 4 % groups, output = random.Next(16);
                for (int j = i; j < Math.Min(i + 16, inputs.Length); j++)
                {
                    int weight = (sbyte)weights[(Math.Min(group + (j - i) / 4, groups - 1) * 16 + output) * 4 + j % 4];
                    int deviation = sign == 0 ? random.Next(-widest, widest + 1) : sign * weight * widest / largestWeight;
                    inputs[j] = (byte)Math.Clamp(zeroPoint + deviation, 0, 255);
                }
            }

            int steps = groups / 4;
            var limits = new byte[panels * 2 * steps + 64];
            for (int panel = 0; panel < panels; panel++)
            {
                for (int step = 0; step < steps; step++)
                {
                    byte two = Limit(weights, panel, 4 * step, 4, 1);
                    limits[2 * panel * steps + step] = Math.Min(Limit(weights, panel, 4 * step, 4, 4), two);
                    limits[(2 * panel + 1) * steps + step] = Math.Min(Limit(weights, panel, 4 * step, 4, 2), two);
                }
            }

            return limits;
        }

        // By trying: the most units of 512 with which the lanes of so many groups added stay within int16 in both directions.
        private byte Limit(byte[] weights, int panel, int group, int count, int added)
        {
            int limit = 254;
            for (int first = group; first < group + count; first += added)
            {
                for (int lane = 0; lane < 64; lane += 2)
                {
                    int[] summed = [.. Enumerable.Range(first, added).SelectMany(g => weights.Skip((panel * groups + g) * 64 + lane).Take(2)).Select(w => (int)(sbyte)w)];
                    double centre = zeroPoint * summed.Sum(), length = Math.Sqrt(512 * summed.Sum(w => w * w));
                    while (limit > 0 && (centre + length * Math.Sqrt(limit) > short.MaxValue || centre - length * Math.Sqrt(limit) < short.MinValue))
                    {
                        limit--;
                    }
                }
            }

            return (byte)limit;
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
