using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Tests.Import;
using StableQuant.Graph;
using StableQuant.Kernels;
using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>The miniatures with every layer in float32, compiled: PyTorch's logits are an independent proof of the float kernels.</summary>
public class FloatLayersTests
{
    // What the front end rounds: half a step of 16 bits on a signal of deviation 1, at most.
    private const double OfRounding = 2e-4;

    private const double OfFloat = 5e-6;

    [Theory]
    [InlineData("hubert-ts17")]
    [InlineData("hubertbn-ts17")]
    [InlineData("w2v2group-ts17")]
    [InlineData("w2v2group-dynamo18")]
    [InlineData("w2v2layer-ts17")]
    [InlineData("w2v2layer-dynamo18")]
    [InlineData("w2v2odd-ts17")]
    [InlineData("wavlm-ts17")]
    public void The_logits_are_those_of_PyTorch(string name)
    {
        float[] pcm = TinyModel.Input(name);
        using CompiledModelSource source = Compile(ForRawSamples(OnnxImporter.Import(TinyModel.PathOf(name)), pcm), _ => true);
        Difference(Logits(source, pcm), TinyModel.Logits(name)).ShouldBeLessThan(OfRounding);

        // Of samples that the front end need not round, the float executor says what is meant, to float's own accuracy.
        float[] rounded = [.. pcm.Select(x => MathF.Round(x * 4096) / 4096)];
        Difference(Logits(source, rounded), new ReferenceExecutor(OnnxImporter.Import(TinyModel.PathOf(name))).Run(rounded, out _)).ShouldBeLessThan(OfFloat);
    }

    // Channels 20, hidden size 36 of 4 heads, 3 groups, intermediate size 50: nothing fills a panel, and little a group of 4.
    [Fact]
    [Trait("Ring", "Full")]
    public void Odd_widths_in_int8_are_what_the_description_means() =>
        ShouldMeanItself(OnnxImporter.Import(TinyModel.PathOf("w2v2odd-ts17")), TinyModel.Input("w2v2odd-ts17"));

    [Fact]
    public void Gated_biases_in_int8_are_what_the_description_means() =>
        ShouldMeanItself(OnnxImporter.Import(TinyModel.PathOf("wavlm-ts17")), TinyModel.Input("wavlm-ts17"));

    // Other members, widths, kernels, vocabularies, and strides of other frame rates.
    [SharedTheory("models/zoo/shapes.json")]
    [Trait("Ring", "Full")]
    [InlineData("w2v2-hidden40")]
    [InlineData("w2v2-kernel15")]
    [InlineData("w2v2-six-convs")]
    [InlineData("w2v2-vocab51")]
    [InlineData("w2v2-vocab1031")]
    [InlineData("w2v2-widths")]

    // Other members: activations, adapters in the blocks and behind them, fewer frames in the blocks, biases for distances.
    [InlineData("wavlm-base")]
    [InlineData("wavlm-large")]
    [InlineData("conformer-relative")]
    [InlineData("conformer-rotary")]
    [InlineData("w2v2-relu")]
    [InlineData("w2v2-gelunew")]
    [InlineData("mms-adapter")]
    [InlineData("sew")]
    [InlineData("w2v2-addadapter")]
    public void The_logits_of_other_shapes_and_members_are_those_of_PyTorch(string name)
    {
        string path = TestFiles.Shared($"models/zoo/{name}-ts17.onnx")!;
        float[] Floats(string ending) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path.Replace(".onnx", ending, StringComparison.Ordinal))).ToArray();
        float[] pcm = Floats(".input.f32");
        FloatModel imported = OnnxImporter.Import(path), model = ForRawSamples(imported, pcm);
        Difference(new ReferenceExecutor(imported).Run(pcm, out _), Floats(".output.f32")).ShouldBeLessThan(OfFloat);
        using CompiledModelSource floats = Compile(model, _ => true);
        float[] rounded = [.. pcm.Select(x => MathF.Round(x * 4096) / 4096)];
        Difference(Logits(floats, rounded), new ReferenceExecutor(imported).Run(rounded, out _)).ShouldBeLessThan(OfFloat);
        ShouldMeanItself(OnnxImporter.Import(path), pcm);
    }

    [Theory]
    [InlineData("conv0")]
    [InlineData("conv3")]
    [InlineData("position")]
    [InlineData("block1")]
    [InlineData("head")]
    public void One_layer_in_int8_among_float32_ones_costs_less_than_all_of_them(string layer)
    {
        float[] pcm = TinyModel.Input(TinyModel.LayerNorm);
        FloatModel model = ForRawSamples(OnnxImporter.Import(TinyModel.PathOf(TinyModel.LayerNorm)), pcm);
        double Error(Func<string, bool> isFloat)
        {
            using CompiledModelSource source = Compile(model, isFloat);
            return Difference(Logits(source, pcm), TinyModel.Logits(TinyModel.LayerNorm));
        }

        Error(l => l != layer).ShouldBeInRange(OfRounding, 0.9 * Error(_ => false));
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.Amx)]
    [OnInstructionSet(InstructionSet.Avx512Vnni)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    public void Calls_allocate_nothing(InstructionSet path)
    {
        foreach ((string name, bool isFloat) in new[] { (TinyModel.GroupNorm, true), ("wavlm-ts17", true), ("wavlm-ts17", false) })
        {
            using CompiledModelSource source = Compile(OnnxImporter.Import(TinyModel.PathOf(name)), _ => isFloat);
            AllocatesNothing(source, path);
        }
    }

    private static void AllocatesNothing(CompiledModelSource source, InstructionSet path)
    {
        InstructionSets.OnThisThread = path;
        try
        {
            using ISpeechModel model = source.Create(maxSeconds: 1);
            float[] pcm = TinyModel.Input(TinyModel.GroupNorm)[..8000];
            var logits = new float[model.FrameCount(pcm.Length) * model.VocabularySize];
            model.Kernels.ShouldBe(InstructionSets.Name(path));
            model.Logits(pcm, logits);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 5; i++)
            {
                model.Logits(pcm, logits);
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        }
        finally
        {
            InstructionSets.OnThisThread = null;
        }
    }

    // In int8 throughout. Next to a tie float32 may take the other integer, one step among very many.
    private static void ShouldMeanItself(FloatModel model, float[] pcm)
    {
        float[] rounded = [.. pcm.Take(8000).Select(x => MathF.Round(x * 4096) / 4096 / 8)];
        QuantizedModel quantized = Quantize(model, _ => false);
        using CompiledModelSource source = CompiledModelSource.Compile(quantized, "test.sqweights");
        Difference(Logits(source, rounded), [.. new ReferenceInterpreter(quantized).Run(rounded).SelectMany(row => row).Select(x => (float)x)]).ShouldBeLessThan(0.01);
    }

    private static CompiledModelSource Compile(FloatModel model, Func<string, bool> isFloat) => CompiledModelSource.Compile(Quantize(model, isFloat), "test.sqweights");

    private static QuantizedModel Quantize(FloatModel model, Func<string, bool> isFloat)
    {
        HashSet<string> layers = [.. model.Operations.Where(o => o is Graph.Product or Attention).Select(o => o.Layer).Where(isFloat)];
        var grids = Quantizer.Operands(model, layers).ToDictionary(
            operand => operand.Key,
            operand => operand.Value == QuantizedType.U8 ? new QuantizationGrid(operand.Value, 0.06f, 128, Outliers.Clip, 100, "test") : new QuantizationGrid(operand.Value, 0.06f, 0, Outliers.Clip, 100, "test"));
        var vocabulary = new Vocabulary(new(Enumerable.Range(0, model.Operations.OfType<Linear>().Last().OutputChannels).Select(i => $"<{i}>")), 0, -1);
        return Quantizer.Quantize(model, new QuantizedWeights(model, leastSquares: false), grids, vocabulary, new Receipt("test", new([]), new([]), new([])), layers);
    }

    /// <summary>
    /// PyTorch's inputs are not normalised, the front end's are: (x − mean)/deviation. The first convolution's weights and
    /// bias take that back.
    /// </summary>
    private static FloatModel ForRawSamples(FloatModel model, float[] pcm)
    {
        double mean = pcm.Average(x => (double)x);
        double deviation = Math.Sqrt(pcm.Average(x => (x - mean) * (x - mean)));
        var first = (Convolution)model.Operations[0];
        FloatParameters of = model.Parameters[first.Name];
        float[] weight = [.. of.Weight.Select(w => (float)(w * deviation))];
        float[] bias = [.. Enumerable.Range(0, first.OutputChannels).Select(output =>
            (float)((of.Bias?[output] ?? 0) + mean * of.Weight.Skip(output * first.Kernel).Take(first.Kernel).Sum(w => (double)w)))];
        return new FloatModel
        {
            Name = model.Name,
            Operations = model.Operations,
            Parameters = new Dictionary<string, FloatParameters>(model.Parameters) { [first.Name] = new(weight, bias) },
        };
    }

    private static float[] Logits(CompiledModelSource source, float[] pcm)
    {
        using ISpeechModel model = source.Create(maxSeconds: 2);
        var logits = new float[model.FrameCount(pcm.Length) * model.VocabularySize];
        model.Logits(pcm, logits);
        return logits;
    }

    /// <summary>The largest difference, as a share of the largest logit.</summary>
    private static double Difference(float[] logits, float[] expected)
    {
        logits.Length.ShouldBe(expected.Length);
        return logits.Zip(expected, (a, b) => Math.Abs((double)a - b)).Max() / expected.Max(Math.Abs);
    }
}
