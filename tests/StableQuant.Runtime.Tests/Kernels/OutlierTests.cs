using StableQuant.Kernels;
using StableQuant.Kernels.Gemm;
using StableQuant.Kernels.Outliers;
using StableQuant.Layout;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>OutlierList are listed, gathered and added so that a product is what plain loops over them give; so are their planes.</summary>
public sealed unsafe class OutlierTests
{
    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Random_products_have_the_sums_of_plain_loops(InstructionSet path)
    {
        var random = new Random(21);
        for (int trial = 0; trial < 150; trial++)
        {
            new RandomProduct(random).Check(InstructionSetProbe.Of(path));
        }
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Avx512Vnni)]
    public void Tiles_in_machine_code_add_the_terms_of_their_rows(InstructionSet path)
    {
        path.ShouldBe(InstructionSet.Avx512Vnni);
        var random = new Random(22);
        for (int trial = 0; trial < 150; trial++)
        {
            new RandomProduct(random).Check(InstructionSetProbe.Of(InstructionSet.Avx512), inTiles: true);
        }
    }

    [Fact]
    public void Planes_are_for_blocks_in_which_more_than_one_value_in_16_has_a_remainder()
    {
        const int Frames = 12, Channels = 16;
        byte[] heads = new byte[Frames * 32], tails = new byte[Frames * Channels * sizeof(int)];
        fixed (byte* head = heads, tail = tails)
        {
            var list = new OutlierList(head, tail, Frames, Channels);
            var planes = new OutlierPlanes(null, 12, new InputWindow(1, 1, 0, Channels));
            Add(list, frame: 0, count: 6);
            planes.AreWanted(list, 0, 6).ShouldBeFalse();
            Add(list, frame: 5, count: 1);
            planes.AreWanted(list, 0, 6).ShouldBeTrue();
            planes.AreWanted(list, 0, 7).ShouldBeFalse();
            Add(list, frame: 8, count: 6);
            planes.AreWanted(list, 0, 12).ShouldBeTrue();
            planes.AreWanted(list, 6, 12).ShouldBeFalse();

            // Frames of channels that are no whole groups share groups: then one outlier is enough.
            var odd = new OutlierPlanes(null, 12, new InputWindow(1, 1, 0, Channels - 1));
            odd.AreWanted(list, 6, 12).ShouldBeTrue();
            odd.AreWanted(list, 9, 12).ShouldBeFalse();
        }
    }

    private static void Add(in OutlierList list, int frame, int count)
    {
        for (int channel = 0; channel < count; channel++)
        {
            list.Add(frame, channel, 1);
        }
    }

    /// <summary>A product of remainders alone: rows that may overlap, in one channel group of several, with frames missing at both ends.</summary>
    private sealed class RandomProduct(Random random)
    {
        private readonly int frames = random.Next(1, 60);
        private readonly int channelGroups = random.Next(1, 4);
        private readonly int width = 4 * random.Next(1, 13);
        private readonly int taps = random.Next(1, 8);
        private readonly int stride = random.Next(1, 4);
        private readonly int padLeft = random.Next(0, 5);
        private readonly int panels = random.Next(1, 5);

        // From none to nearly all: where there is little room, a few rows at a time.
        private readonly double share = Math.Pow(random.NextDouble(), 3);

        private int Channels => channelGroups * width;

        public void Check(InstructionSetProbe path, bool inTiles = false)
        {
            int rows = (frames + padLeft + taps - 1) / stride;
            int group = random.Next(channelGroups);
            int[] remainders = [.. Enumerable.Range(0, frames * Channels).Select(_ => random.NextDouble() < share ? Remainder() : 0)];
            byte[] weights = [.. Enumerable.Range(0, panels * taps * width * 16).Select(_ => (byte)random.Next(-127, 128))];
            byte[] heads = new byte[frames * 32], tails = new byte[frames * Channels * sizeof(int)];

            fixed (byte* head = heads, tail = tails, weight = weights)
            {
                var list = new OutlierList(head, tail, frames, Channels);
                list.Clear(0, frames);
                Append(path, remainders, list);
                int maxProducts = taps * width * random.Next(1, 9), maxFrames = taps + random.Next(60);
                var window = new InputWindow(taps, stride, padLeft, width);
                byte[] room = new byte[maxProducts * sizeof(OutlierProduct) + ((TileLayout.MaxRows - 1) * stride + maxFrames + 1) * sizeof(int)];
                fixed (byte* memory = room)
                {
                    var terms = new OutlierProducts(memory, maxProducts, maxFrames, window);
                    for (int first = 0, next; first < rows; first = next)
                    {
                        next = terms.Gather(list, first, Math.Min(first + 24, rows), group * width);
                        next.ShouldBeInRange(first, Math.Min(first + 24, rows));
                        if (next == first)
                        {
                            TermsOf(remainders, group, first).ShouldBeGreaterThan(maxProducts);
                            next++;
                            continue;
                        }

                        if (inTiles)
                        {
                            CheckTile(remainders, weights, weight, group, first, next, terms);
                            continue;
                        }

                        for (int row = first; row < next;)
                        {
                            int height = Math.Min(random.Next(1, 7), next - row);
                            int[] sums = [.. Enumerable.Range(0, height * panels * 16).Select(i => i * 7)];
                            fixed (int* sum = sums)
                            {
                                path.Add(sum, row, height, panels, weight, taps * width * 16L, terms);
                            }

                            for (int i = 0; i < sums.Length; i++)
                            {
                                sums[i].ShouldBe(i * 7 + Expected(remainders, weights, group, row + i / (panels * 16), i % (panels * 16)), $"row {row + i / (panels * 16)}, output {i % (panels * 16)}");
                            }

                            row += height;
                        }
                    }
                }

                CheckPlanes(path, remainders, weights, list, group, rows, window);
            }
        }

        // A tile that ends in the block, on inputs of its own. It may begin before the block, with rows whose sums are nobody's.
        private void CheckTile(int[] remainders, byte[] weights, byte* weight, int group, int first, int next, in OutlierProducts terms)
        {
            int height = MicroKernel.Of<Avx512VnniMicroKernel>().Rows(panels, left: random.Next(1, 13)), inputs = taps * width;
            int start = Math.Min(random.Next(Math.Max(first - height + 1, 0), next), next - height);
            if (start < 0)
            {
                return;
            }

            byte[] input = new byte[((height - 1) * stride + taps) * width];
            random.NextBytes(input);
            int[] room = new int[TileSums.Length];
            fixed (byte* x = input)
            fixed (int* memory = room)
            {
                int* sums = TileSums.Align(memory);
                var tile = new TileArguments { Input = x, InputStride = stride * width, Weights = weight, PanelBytes = inputs * 16L, Groups = inputs / 4, Sums = sums };
                tile.Take(terms, start);
                MicroKernel.Of<Avx512VnniMicroKernel>().Sum(panels, height, &tile);
                for (int i = Math.Max(first - start, 0) * panels * 16; i < height * panels * 16; i++)
                {
                    (int r, int output) = (i / (panels * 16), i % (panels * 16));
                    int expected = Expected(remainders, weights, group, start + r, output);
                    for (int k = 0; k < inputs; k++)
                    {
                        expected += input[r * stride * width + k] * Weight(weights, output, k);
                    }

                    sums[i].ShouldBe(expected, $"row {start + r}, output {output}");
                }
            }
        }

        // Inputs as they are quantized, beside their remainders: the sums over both planes, joined, are those of both together.
        private void CheckPlanes(InstructionSetProbe path, int[] remainders, byte[] weights, in OutlierList list, int group, int rows, in InputWindow window)
        {
            int inputs = taps * width;
            byte[] input = new byte[((rows - 1) * stride + taps) * width];
            for (int i = 0; i < input.Length; i++)
            {
                int frame = i / width - padLeft;
                int remainder = frame >= 0 && frame < frames ? remainders[frame * Channels + group * width + i % width] : 0;
                input[i] = remainder == 0 ? (byte)random.Next(256) : remainder < 0 ? byte.MinValue : byte.MaxValue;
            }

            int maxRows = 12 + random.Next(20), inputBias = random.Next(2) * 128;
            byte[] room = new byte[2 * ((maxRows - 1) * stride + taps) * width];
            int[] weightSums = [.. Enumerable.Range(0, panels * 16).Select(output => Enumerable.Range(0, inputs).Sum(i => Weight(weights, output, i)))];
            fixed (byte* memory = room, firstInput = input)
            {
                fixed (int* weightSum = weightSums)
                {
                    var planes = new OutlierPlanes(memory, maxRows, window);
                    for (int first = 0, next; first < rows; first = next)
                    {
                        next = planes.Fill(firstInput, list, group * width, first, Math.Min(first + 40, rows));
                        next.ShouldBe(Math.Min(Math.Min(first + 40, rows), first + maxRows));

                        // A tile may begin before the block.
                        int start = Math.Max(Math.Min(first, next - 12), 0);
                        int[] sums = Sums(planes.Low, start, next), high = Sums(planes.High, start, next);
                        fixed (int* sum = sums, highSum = high)
                        {
                            path.Join(sum, highSum, next - start, panels, weightSum, inputBias);
                        }

                        int[] ofInputs = Sums(firstInput, start, next);
                        for (int i = 0; i < sums.Length; i++)
                        {
                            (int row, int output) = (start + i / (panels * 16), i % (panels * 16));
                            sums[i].ShouldBe(ofInputs[i] + Expected(remainders, weights, group, row, output), $"planes: row {row}, output {output}");
                        }
                    }
                }
            }

            // What a tile gives for some rows: of inputs without the path's bias.
            int[] Sums(byte* first, int start, int end)
            {
                int[] sums = new int[(end - start) * panels * 16];
                for (int i = 0; i < sums.Length; i++)
                {
                    byte* x = first + (long)(start + i / (panels * 16)) * stride * width;
                    for (int k = 0; k < inputs; k++)
                    {
                        sums[i] += (x[k] - inputBias) * Weight(weights, i % (panels * 16), k);
                    }
                }

                return sums;
            }
        }

        // In the order of a kernel: some rows of some panels at a time.
        private void Append(InstructionSetProbe path, int[] remainders, in OutlierList list)
        {
            for (int column = 0; column < Channels; column += 32)
            {
                int vectors = Math.Min(2, (Channels - column + 15) / 16);
                for (int row = 0; row < frames; row += 5)
                {
                    int height = Math.Min(5, frames - row);
                    int[] quantized = new int[height * vectors * 16];
                    for (int i = 0; i < quantized.Length; i++)
                    {
                        int channel = column + i % (vectors * 16);
                        int remainder = channel < Channels ? remainders[(row + i / (vectors * 16)) * Channels + channel] : random.Next(-400, 400);
                        quantized[i] = remainder == 0 ? random.Next(256) : remainder < 0 ? remainder : 255 + remainder;
                    }

                    fixed (int* q = quantized)
                    {
                        path.Append(q, height * vectors, vectors, row, column, Channels, list);
                    }
                }
            }
        }

        private int Expected(int[] remainders, byte[] weights, int group, int row, int output)
        {
            int sum = 0;
            for (int tap = 0; tap < taps; tap++)
            {
                int frame = row * stride - padLeft + tap;
                for (int channel = 0; frame >= 0 && frame < frames && channel < width; channel++)
                {
                    sum += remainders[frame * Channels + group * width + channel] * Weight(weights, output, tap * width + channel);
                }
            }

            return sum;
        }

        // What a row reads: each term is 255 at most.
        private int TermsOf(int[] remainders, int group, int row) => Enumerable.Range(row * stride - padLeft, taps).Where(frame => frame >= 0 && frame < frames)
            .Sum(frame => remainders.AsSpan(frame * Channels + group * width, width).ToArray().Sum(remainder => (Math.Abs(remainder) + 254) / 255));

        private int Weight(byte[] weights, int output, int input) =>
            (sbyte)weights[output / 16 * taps * width * 16 + input / 4 * 64 + output % 16 * 4 + input % 4];

        private int Remainder() => random.Next(3) switch { 0 => random.Next(1, 20), 1 => -random.Next(1, 300), _ => random.Next(-32639, 32640 - byte.MaxValue) };
    }
}
