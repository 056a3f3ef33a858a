using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Quantization;
using StableQuant.Kernels;
using StableQuant.Runtime.Tests.Kernels;
using Xunit.Abstractions;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>Random small models through the generated code: the same bits on every path, and what the description means.</summary>
[Trait("Ring", "Full")]
public class RandomModelTests(ITestOutputHelper output)
{
    private const int Count = RandomModel.FirstHead + 16, CountWithFeatures = 16;

    // Compiling takes most of the time: once for all paths.
    private static readonly Lazy<Case[]> Cases = new(() => [.. Enumerable.Range(0, Count).Concat(Enumerable.Range(RandomModel.FirstWithFeatures, CountWithFeatures)).Select(Case.Make)]);

    [Theory]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.Amx)]
    [OnInstructionSet(InstructionSet.Avx512Vnni)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    [OnInstructionSet(InstructionSet.ArmI8mm)]
    [OnInstructionSet(InstructionSet.Neon)]
    public void Every_path_gives_the_bits_of_the_scalar_one(InstructionSet path)
    {
        foreach (Case c in Cases.Value)
        {
            float[] logits = Logits(c.Source, c.Pcm, path);
            if (!PathBits(logits).AsSpan().SequenceEqual(PathBits(c.Scalar)))
            {
                Assert.Fail($"{path} differs from scalar on {c.Pcm.Length} samples of\n{c.Model.Text}");
            }
        }
    }

    // Limits are worked out when weights are loaded, on paths that read them; before 0.2 they were in the file, as the sample's are. Its products have more panels than a tile.
    [Theory]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    public void Without_limits_the_bits_are_the_same(InstructionSet path)
    {
        File.ReadAllText(TestFiles.Commands).ShouldContain(" limits=");
        var random = new Random(4);
        float[] pcm = [.. Enumerable.Range(0, 16000).Select(_ => random.NextSingle() - 0.5f)];
        int[] Bits(InstructionSet loaded)
        {
            using CompiledModelSource source = CompiledModelSource.Load(TestFiles.Commands);
            _ = Logits(source, pcm, loaded);
            return PathBits(Logits(source, pcm, path));
        }

        Bits(path).ShouldBe(Bits(InstructionSet.Scalar));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        foreach (Case c in Cases.Value)
        {
            foreach (InstructionSet path in new[] { InstructionSet.Scalar, InstructionSets.Current }.Distinct())
            {
                float[] logits = Logits(c.Source, c.Pcm, path, threads);
                if (!PathBits(logits).AsSpan().SequenceEqual(PathBits(c.Scalar)))
                {
                    Assert.Fail($"{threads} threads differ from one, on {path} and {c.Pcm.Length} samples of\n{c.Model.Text}");
                }
            }
        }
    }

    [Fact]
    public void The_logits_are_what_the_description_means()
    {
        int tight = 0;
        foreach (Case c in Cases.Value)
        {
            var reference = new ReferenceInterpreter(c.Model);
            double[] expected = [.. reference.Run(c.Pcm).SelectMany(row => row)];
            expected.Length.ShouldBe(c.Scalar.Length, c.Model.Text);
            double range = 1 + expected.Max(Math.Abs);
            double worst = expected.Select((e, i) => Math.Abs(e - c.Scalar[i])).Max() / range;

            // Next to a tie, float32 may take the other integer: a step of one operand, which later layers spread.
            bool isTight = reference.ClosestTie > 3e-5;
            tight += isTight ? 1 : 0;
            output.WriteLine($"{c.Model.Description.Name}{(c.HasFloatLayers ? ", float layers" : "")}: {c.Model.Description.Operations.Count} operations, {expected.Length} logits, closest tie {reference.ClosestTie:G2}, difference {worst:G2}");
            worst.ShouldBeLessThan(isTight ? 1e-6 : 0.1, $"closest tie {reference.ClosestTie}\n{c.Model.Text}");
        }

        tight.ShouldBeGreaterThan(Count / 2);
    }

    [Fact]
    public void A_shorter_utterance_after_a_longer_one_gives_its_own_logits()
    {
        foreach (Case c in Cases.Value.Where(c => c.Frames > 1))
        {
            using ICompiledModel model = c.Source.CreateAny(maxSeconds: 1);
            model.Outputs(c.Pcm, out _);
            float[] part = c.Pcm[..model.MinSamples];
            float[] afterwards = model.Outputs(part, out _);
            using ICompiledModel fresh = c.Source.CreateAny(maxSeconds: 1);
            PathBits(afterwards).ShouldBe(PathBits(fresh.Outputs(part, out _)), c.Model.Text);
        }
    }

    [Fact]
    public void Every_kind_of_operation_and_odd_shape_takes_part()
    {
        Graph.Operation[] operations = [.. Cases.Value.SelectMany(c => c.Model.Description.Operations)];
        operations.Select(o => o.GetType()).Distinct().Count().ShouldBe(20);
        operations.OfType<Graph.Convolution>().ShouldContain(c => c.Groups > 1 && c.OutputChannels / c.Groups % 16 != 0 && c.PadLeft > 0);
        Graph.Convolution[] depthwise = [.. operations.OfType<Graph.Convolution>().Where(c => c.IsDepthwise)];
        depthwise.ShouldContain(c => c.OutputChannels % 16 != 0 && c.Kernel % 4 != 0 && c.PadLeft == c.Kernel - 1);
        depthwise.ShouldContain(c => c.OutputChannels > 16 && c.Stride == 2);
        Cases.Value.ShouldContain(c => c.Frames > 4 && c.Model.Description.Operations.OfType<Graph.Convolution>().Any(k => k.IsDepthwise && Kept(c.Model.Description, k)));
        Graph.Convolution2d[] overBands = [.. operations.OfType<Graph.Convolution2d>()];
        overBands.ShouldContain(c => c.InputChannels == 1 && c.OutputChannels % 16 != 0 && c.Kernel == 3 && c.Padding > 0);
        overBands.ShouldContain(c => c.InputChannels > 16 && c.Stride == 2 && c.Bands % 2 != 0);
        overBands.ShouldContain(c => c.InputChannels > 1 && c.Packed is Graph.PackedFloat);
        overBands.Select(c => (c.InputChannels == 1, Kept(Cases.Value.Single(k => k.Model.Description.Operations.Contains(c)).Model.Description, c))).Distinct().Count().ShouldBe(4);
        operations.OfType<Graph.Activation>().Select(a => a.Function).Distinct().ShouldBe(Graph.ActivationFunction.All, ignoreOrder: true);
        operations.OfType<Graph.Linear>().ShouldContain(l => l.InputChannels % 16 != 0 && l.OutputChannels % 16 != 0);
        operations.OfType<Graph.Attention>().ShouldContain(a => a.HeadSize % 16 != 0 && a.Heads > 1);

        // Features of both conventions, quantized, in float32 and both, with padding, several frames in one, and a frame left over.
        (Graph.LogMelFrontEnd Mel, Graph.Operation[] Readers, Case Case)[] mel =
        [
            .. Cases.Value.Where(c => c.Model.Description.FrontEnd is Graph.LogMelFrontEnd)
                .Select(c => ((Graph.LogMelFrontEnd)c.Model.Description.FrontEnd, c.Model.Description.Operations.Where(o => o.Inputs.Contains(Graph.Operation.Features)).ToArray(), c)),
        ];
        mel.Select(m => m.Mel.Convention).Distinct().Count().ShouldBe(2);
        mel.ShouldContain(m => m.Readers.OfType<Graph.Quantize>().Count() == m.Readers.Length);
        mel.ShouldContain(m => !m.Readers.OfType<Graph.Quantize>().Any());
        mel.ShouldContain(m => m.Readers.OfType<Graph.Quantize>().Any(q => q.Outliers == Graph.Outliers.Keep));
        mel.ShouldContain(m => m.Mel.Stack > 1 && m.Mel.Stages[1].Frames(m.Case.Pcm.Length) % m.Mel.Stack != 0);
        mel.ShouldContain(m => m.Mel.Channels > 32 && m.Case.Frames > 24);

        // Distances of more than one block of queries.
        Cases.Value.ShouldContain(c => c.Model.Description.Operations.OfType<Graph.RelativeAttention>().Any() && c.Frames > 24);
        Cases.Value.ShouldContain(c => c.Model.Description.Operations.OfType<Graph.RelativeAttention>().Any(a => a.Heads > 1) && c.Frames > 2);
        Cases.Value.ShouldContain(c => c.Model.Description.Operations.OfType<Graph.RelativeAttention>().Any() && c.Frames == 1);

        // Scores for distances: fewer frames than are told apart, more than that in whole and broken vectors, and turned heads of odd halves.
        Cases.Value.ShouldContain(c => c.Model.Description.Operations.OfType<Graph.RelativeKeyAttention>().Any(a => a.Behind >= c.Frames && a.Ahead >= c.Frames && c.Frames > 1));
        Cases.Value.ShouldContain(c => c.Model.Description.Operations.OfType<Graph.RelativeKeyAttention>().Any(a => a.Behind + a.Ahead > 16 && c.Frames > 40 && a.Heads > 1));
        Cases.Value.ShouldContain(c => c.Model.Description.Operations.OfType<Graph.RelativeKeyAttention>().Any(a => a.Behind + a.Ahead < 16 && c.Frames > 40));
        operations.OfType<Graph.Rotary>().ShouldContain(r => r.Heads > 1);

        // Utterances shorter, and longer, than what an attention tells apart.
        Cases.Value.ShouldContain(c => c.Model.Description.Operations.OfType<Graph.BiasedAttention>().Any(a => a.Behind >= c.Frames && a.Ahead >= c.Frames && c.Frames > 1));
        Cases.Value.ShouldContain(c => c.Model.Description.Operations.OfType<Graph.BiasedAttention>().Any(a => a.Behind < c.Frames - 1 && a.Ahead < c.Frames - 1 && c.Frames > 24));
        Cases.Value.ShouldContain(c => c.Frames == 1);

        // Weights of 4 and of 3 bits: channel groups of odd sizes, depthwise, the audio's, beside outliers that are kept, in more rows than a tile has.
        (Case Case, Graph.Product Product, Graph.PackedIndices Packed)[] stored =
            [.. Cases.Value.SelectMany(c => c.Model.Description.Operations.OfType<Graph.Product>().Where(p => p.Packed is Graph.PackedIndices).Select(p => (c, p, (Graph.PackedIndices)p.Packed!)))];
        stored.ShouldContain(x => x.Product.PackedGroups > 1 && x.Product.PackedOutputs % 4 != 0 && x.Product.GroupInputs % 16 != 0);
        foreach (int bits in new[] { 3, 4 })
        {
            stored.ShouldContain(x => x.Packed.Bits == bits && x.Product.PackedGroups > 1);
            stored.ShouldContain(x => x.Packed.Bits == bits && x.Product.IsDepthwise);
            stored.ShouldContain(x => x.Packed.Bits == bits && x.Product.Input == Graph.Operation.Audio);
            stored.ShouldContain(x => x.Packed.Bits == bits && x.Product.Input != Graph.Operation.Audio && Kept(x.Case.Model.Description, x.Product) && x.Case.Frames > 12);
            stored.ShouldContain(x => x.Packed.Bits == bits && x.Product.Input != Graph.Operation.Audio && Stride(x.Product) % 16 == 0 && x.Case.Frames > 12);
            stored.ShouldContain(x => x.Packed.Bits == bits && x.Product is Graph.Linear && x.Product.GroupInputs % 4 != 0 && x.Product.OutputChannels > 16);
        }

        // Channels that are no whole panels, frames of more than one block of sums' thread, in float32 and in int8 behind the pool.
        Case[] pooled = [.. Cases.Value.Where(c => c.Model.Description.Operations.OfType<Graph.UtterancePool>().Any())];
        pooled.Count(c => c.Model.Description.Operations.OfType<Graph.StatisticsPool>().Any()).ShouldBeGreaterThan(4);
        pooled.Count(c => c.Model.Description.Operations.OfType<Graph.MeanPool>().Any()).ShouldBeGreaterThan(2);
        Graph.Linear[] heads = [.. pooled.Select(c => c.Model.Description.Operations.OfType<Graph.Linear>().Last())];
        heads.Any(l => l is { Packed: Graph.PackedInt8 } && l.InputChannels % 32 != 0).ShouldBeTrue();
        heads.Any(l => l is { Packed: Graph.PackedFloat }).ShouldBeTrue();

        // Dithered values: kept and clipped, of each kind of layer that makes some, of channel groups that are no whole vectors, of many rows.
        (Case Case, Graph.Quantize Grid)[] dithered = [.. Cases.Value.SelectMany(c => c.Model.Description.Operations.OfType<Graph.Quantize>().Where(q => q.IsDithered).Select(q => (c, q)))];
        dithered.Select(d => d.Grid.Outliers).Distinct().Count().ShouldBe(2);
        dithered.ShouldContain(d => d.Grid.Input == Graph.Operation.Features);
        void ShouldBeDithered<T>(Func<T, bool> kind, int frames)
            where T : Graph.Operation => dithered.ShouldContain(d => d.Case.Frames > frames && Makes(d.Case.Model.Description, d.Grid.Input, o => o is T && kind((T)o)), typeof(T).Name);
        ShouldBeDithered<Graph.Convolution>(c => c.Input == Graph.Operation.Audio, 12);
        ShouldBeDithered<Graph.Convolution>(c => c.Groups > 1 && !c.IsDepthwise && c.OutputChannels / c.Groups % 16 != 0, 1);
        ShouldBeDithered<Graph.Convolution>(c => c.IsDepthwise, 12);
        ShouldBeDithered<Graph.Convolution2d>(_ => true, 1);
        ShouldBeDithered<Graph.Linear>(_ => true, 12);
        ShouldBeDithered<Graph.LayerNorm>(_ => true, 12);
        ShouldBeDithered<Graph.GatedLinearUnit>(_ => true, 1);
        ShouldBeDithered<Graph.UtterancePool>(_ => true, 0);

        // Limits of several channel groups, of 7 and of 8 bits, in as many rows as a tile has.
        (Case Case, Graph.Product Product, int Largest)[] limited =
        [
            .. Cases.Value.SelectMany(c => c.Model.Description.Operations.OfType<Graph.Product>()
                .Where(p => p.Packed is Graph.PackedInt8 && p.Input != Graph.Operation.Audio && !p.IsDepthwise && Inputs(p) > 12 && Stride(p) % 16 == 0).Select(p => (c, p, LargestWeight(c, p)))),
        ];
        limited.ShouldContain(x => x.Product is Graph.Convolution && ((Graph.Convolution)x.Product).Groups > 1 && x.Case.Frames >= 6);
        limited.ShouldContain(x => x.Largest <= 63 && x.Case.Frames > 12);
        limited.ShouldContain(x => x.Largest > 63 && x.Case.Frames > 12);

        // The queries of an attention are taken 24 at a time.
        Cases.Value.ShouldContain(c => c.Frames > 24 && c.Model.Description.Operations.Any(o => o is Graph.Attention));
    }

    // Whether a value is made by such an operation, whatever activations and sums are fused into it.
    private static bool Makes(Graph.ModelDescription model, string value, Func<Graph.Operation, bool> kind) =>
        model.Operations.SingleOrDefault(o => o.Name == value) is { } maker && (kind(maker) || (maker is Graph.Activation or Graph.Add && maker.Inputs.Any(input => Makes(model, input, kind))));

    private static bool Kept(Graph.ModelDescription model, Graph.Product product) =>
        model.Operations.Single(o => o.Name == product.Input) is Graph.Quantize { Outliers: Graph.Outliers.Keep };

    private static int Stride(Graph.Product product) =>
        product is Graph.Convolution c ? c.Stride * c.InputChannels / c.Groups : product.InputChannels;

    private static int Inputs(Graph.Product product) =>
        product is Graph.Convolution c ? c.Kernel * c.InputChannels / c.Groups : product.InputChannels;

    private static int LargestWeight(Case c, Graph.Product product) =>
        c.Model.Weights.AsSpan((int)product.Packed!.Weights, (int)Graph.Layout.PanelLayout.Bytes(16, Inputs(product))).ToArray().Max(b => Math.Abs((int)(sbyte)b));

    [Fact]
    public void Layers_in_float32_take_part_in_every_kind_and_odd_shape()
    {
        Graph.Operation[] operations = [.. Cases.Value.SelectMany(c => c.Model.Description.Operations)];
        Graph.Product[] products = [.. operations.OfType<Graph.Product>().Where(p => p.Packed is Graph.PackedFloat)];
        products.ShouldContain(p => p.Input == Graph.Operation.Audio);
        products.OfType<Graph.Convolution>().ShouldContain(c => c.Groups > 1 && c.OutputChannels / c.Groups % 16 != 0 && c.PadLeft > 0);
        products.OfType<Graph.Convolution>().ShouldContain(c => c.Groups == 1 && c.Stride > 1 && c.PadRight > 0 && c.Input != Graph.Operation.Audio);
        products.OfType<Graph.Linear>().ShouldContain(l => l.InputChannels % 4 != 0 && l.OutputChannels % 4 != 0);
        Case[] attentions = [.. Cases.Value.Where(c => c.Model.Description.Operations.OfType<Graph.Attention>().Any(a => !IsQuantized(c, a.Query)))];
        attentions.ShouldContain(c => c.Frames > 24);
        attentions.SelectMany(c => c.Model.Description.Operations.OfType<Graph.Attention>()).ShouldContain(a => a.HeadSize % 4 != 0 && a.Heads > 1);

        // One value, read by an int8 and a float32 product.
        Cases.Value.ShouldContain(c => c.Model.Description.Operations.OfType<Graph.Quantize>().Any(
            q => c.Model.Description.Operations.OfType<Graph.Product>().Any(p => p.Input == q.Input)));
        static bool IsQuantized(Case c, string value) => c.Model.Description.Operations.Single(o => o.Name == value) is Graph.Quantize;
    }

    internal static float[] Logits(CompiledModelSource source, float[] pcm, InstructionSet path, int threads = 1)
    {
        InstructionSets.OnThisThread = path;
        try
        {
            using ICompiledModel model = source.CreateAny(maxSeconds: 1, threads);
            model.Kernels.ShouldBe(InstructionSets.Name(path));
            return model.Outputs(pcm, out _);
        }
        finally
        {
            InstructionSets.OnThisThread = null;
        }
    }

    private static int[] PathBits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];

    private sealed record Case(QuantizedModel Model, CompiledModelSource Source, float[] Pcm, float[] Scalar, int Frames)
    {
        public bool HasFloatLayers => Model.Description.Operations.Any(o => o is Graph.Product { Packed: Graph.PackedFloat });

        public static Case Make(int seed)
        {
            QuantizedModel model = RandomModel.Make(seed);

            // Limits are worked out once, when weights are loaded, and only where they are read.
            InstructionSets.OnThisThread = InstructionSets.IsSupported(InstructionSet.Avx2) ? InstructionSet.Avx2 : null;
            CompiledModelSource source = CompiledModelSource.Compile(model, $"{seed}.sqweights");
            using ICompiledModel instance = source.CreateAny(maxSeconds: 1);
            InstructionSets.OnThisThread = null;

            // Where all frames become one, as many samples as make some of them.
            int every = instance.SamplesPerFrame;
            Func<int, int> frames = model.Description.Operations.OfType<Graph.UtterancePool>().Any() ? samples => samples < instance.MinSamples ? 0 : 1 + ((samples - instance.MinSamples) / every) : instance.FrameCount;
            float[] pcm = RandomModel.Utterance(seed, instance.MinSamples, frames);
            return new Case(model, source, pcm, Logits(source, pcm, InstructionSet.Scalar), instance.FrameCount(pcm.Length));
        }
    }
}
