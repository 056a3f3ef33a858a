using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;
using StableQuant.Graph.Layout;
using StableQuant.Kernels;
using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>Products of weights that are stored as indices, beside products of the same integers stored in 8 bits.</summary>
public class ExpandedPanelsTests
{
    private const int Frames = 450, FrontStep = 16;

    private static readonly Lazy<(CompiledModelSource Stored, CompiledModelSource Whole, float[] Pcm)> Case = new(Make);

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.Amx)]
    [OnInstructionSet(InstructionSet.Avx512Vnni)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    [OnInstructionSet(InstructionSet.ArmI8mm)]
    [OnInstructionSet(InstructionSet.Neon)]
    public void Panels_expanded_some_at_a_time_give_the_bits_of_weights_that_lie_expanded(InstructionSet path)
    {
        (CompiledModelSource stored, CompiledModelSource whole, float[] pcm) = Case.Value;
        float[] expected = RandomModelTests.Logits(whole, pcm, path);
        expected.Distinct().Count().ShouldBeGreaterThan(20);
        foreach (int threads in new[] { 1, 3 })
        {
            RandomModelTests.Logits(stored, pcm, path, threads).ShouldBe(expected);
        }
    }

    // Two blocks of rows; a panel at a time, in fewer rows than most tiles have; panels too long for the cache, which lie expanded.
    private static (CompiledModelSource Stored, CompiledModelSource Whole, float[] Pcm) Make()
    {
        const int Wide = 2048, Channels = 40, Taps = 300, MoreTaps = 412;
        TileLayout.IndexedBlockRows(Wide).ShouldBeInRange(Frames / 2, Frames - 1);
        TileLayout.ExpandedPanels(Taps * Channels).ShouldBe(1);
        PanelLayout.Bytes(16, MoreTaps * Channels).ShouldBeGreaterThan(TileLayout.MaxExpandedBytes);
        var random = new Random(1);
        Graph.Product[] products =
        [
            new Graph.Convolution("front", "", Operation.Audio, 1, 32, FrontStep, FrontStep, 0, 0, 1),
            new Graph.Linear("wide", "", "front", 32, Wide),
            new Graph.Linear("back", "", "wide", Wide, Channels),
            new Graph.Convolution("long", "", "back", Channels, Channels, Taps, 30, 0, 0, 1),
            new Graph.Convolution("longer", "", "long", Channels, 36, MoreTaps, 1, MoreTaps - 4, 0, 1),
            new Graph.Linear("head", "", "longer", 36, 12),
        ];

        // Sums as large as what is summed.
        FloatParameters Weights(Graph.Product product)
        {
            double reach = Math.Sqrt(3.0 / product.GroupInputs);
            return new FloatParameters([.. Enumerable.Range(0, product.OutputChannels * product.GroupInputs).Select(_ => (float)((2 * random.NextDouble() - 1) * reach))], null);
        }

        var model = new FloatModel { Name = "panels", Operations = [.. products], Parameters = products.ToDictionary(p => p.Name, Weights) };
        var grids = Quantizer.Operands(model).ToDictionary(o => o.Key, o => new QuantizationGrid(o.Value, 0.02f, 128, Outliers.Keep, 99, "test"));
        Vocabulary tokens = new(new(Enumerable.Range(0, 12).Select(i => i == 0 ? "<pad>" : ((char)('A' + i)).ToString())), 0, -1);
        CompiledModelSource Compile(QuantizedWeights weights) => CompiledModelSource.Compile(
            Quantizer.Quantize(model, weights, grids, tokens, new Receipt("test", new([]), new([]), new([]))), "panels.sqweights");
        var few = new QuantizedWeights(model, leastSquares: false, p => p.Name switch { "front" => 8, "wide" or "long" => 3, _ => 4 });
        var eight = new QuantizedWeights(model, leastSquares: false);
        foreach (Graph.Product product in products)
        {
            eight.Take(product, few.Of(product) with { Bits = 8 });
        }

        // Limits are worked out where they are read, once.
        InstructionSets.OnThisThread = InstructionSets.IsSupported(InstructionSet.Avx2) ? InstructionSet.Avx2 : null;
        (CompiledModelSource, CompiledModelSource) made = (Compile(few), Compile(eight));
        InstructionSets.OnThisThread = null;
        return (made.Item1, made.Item2, [.. Enumerable.Range(0, Frames * FrontStep).Select(i => MathF.Round(20000 * MathF.Sin(i * i * 0.001f) + 4000 * random.NextSingle()) / 32768)]);
    }
}
