using System.Globalization;
using BenchmarkDotNet.Attributes;
using StableQuant.Kernels.Gemm;
using StableQuant.Kernels.Outliers;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>
/// The machine code's tiles alone, with so many terms of remainders: what adding them costs at least, without what finds,
/// lists and gathers them. Only where the processor has AVX512-VNNI.
/// </summary>
[Config(typeof(KernelSettings))]
public unsafe class OutlierBenchmarks
{
    private const int Rows = 504, Patterns = 16, Lanes = 16;

    private static readonly int Panels = Avx512VnniMicroKernel.MaxPanels;

    private int inputs, panels, rows, call;
    private byte[] input = [], weights = [];
    private readonly int[] sums = new int[TileSums.Length];
    private readonly int[][] bounds = new int[Patterns][], terms = new int[Patterns][];

    /// <summary>Inputs × outputs, for 504 rows.</summary>
    [Params("768x768", "768x3072", "3072x768", "1536x512", "384x128")]
    public string Product { get; set; } = "";

    /// <summary>Share of the values that have a remainder.</summary>
    [Params(0, 0.001, 0.01)]
    public double Kept { get; set; }

    /// <summary>Makes random bytes, and several patterns of remainders: a processor learns where those of a single one lie.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int[] sizes = [.. Product.Split('x').Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
        (inputs, panels, rows) = (sizes[0], sizes[1] / Lanes, Avx512VnniMicroKernel.Rows(Panels, int.MaxValue));
        var random = new Random(1);
        input = new byte[Rows * inputs];
        random.NextBytes(input);
        weights = [.. Enumerable.Range(0, panels * Lanes * inputs).Select(_ => (byte)random.Next(-127, 128))];
        for (int pattern = 0; pattern < Patterns; pattern++)
        {
            var own = new List<int>();
            bounds[pattern] = new int[Rows + 1];
            for (int row = 0; row < Rows; row++)
            {
                foreach (int x in Enumerable.Range(0, inputs).Where(_ => random.NextDouble() < Kept))
                {
                    // As OutlierProduct: the magnitude at its place in the group, the sign, bytes to the group's weights.
                    own.AddRange([random.Next(1, 256) << (x % 4 * 8), -random.Next(2), x / 4 * 64]);
                }

                bounds[pattern][row + 1] = own.Count / 3;
            }

            terms[pattern] = [.. own, 0];
        }
    }

    /// <summary>All tiles, those side by side first.</summary>
    [Benchmark]
    public int Run()
    {
        int pattern = call++ % Patterns;
        fixed (byte* x = input, w = weights)
        fixed (int* memory = sums, bound = bounds[pattern], term = terms[pattern])
        {
            var tile = new TileArguments
            {
                InputStride = inputs,
                PanelBytes = inputs * (long)Lanes,
                Groups = inputs / 4,
                Sums = TileSums.Align(memory),
                WindowBytes = sizeof(int),
                BoundsStride = sizeof(int),
                Products = (OutlierProduct*)term,
            };
            for (int row = 0; row < Rows; row += rows)
            {
                for (int panel = 0; panel < panels; panel += Panels)
                {
                    tile.Input = x + row * inputs;
                    tile.Weights = w + panel * tile.PanelBytes;
                    tile.Bounds = Kept == 0 ? null : bound + row;
                    Avx512VnniMicroKernel.Sum(Panels, rows, &tile);
                }
            }

            return tile.Sums[0];
        }
    }
}
