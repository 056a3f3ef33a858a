using System.Globalization;
using StableQuant.Audio;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;
using StableQuant.Graph.Text;
using StableQuant.Streaming;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>Models that read log-mel features, through everything that runs models: the compiled code, ONNX Runtime, and what calibration records.</summary>
public sealed class FeatureModelTests : IDisposable
{
    private readonly TempFolder folder = new();

    public static TheoryData<bool> Conventions => [false, true];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Conventions))]
    public void Compiled_code_ONNX_Runtime_and_the_executor_make_the_same_logits(bool isKaldi)
    {
        FloatModel model = Model(isKaldi);
        Vocabulary vocabulary = Tokens(model);
        using var floats = new FloatModelSource(model, vocabulary);
        using CompiledModelSource source = CompiledModelSource.Compile(Quantize(model, _ => true), "test.sqweights");
        using ISpeechModel compiled = source.Create(1), runtime = floats.Create(1);
        (compiled.MinSamples, compiled.SamplesPerFrame).ShouldBe((runtime.MinSamples, runtime.SamplesPerFrame));
        foreach (int samples in (int[])[compiled.MinSamples, compiled.MinSamples + 1, 4321, 15999])
        {
            float[] pcm = Noise(samples);
            float[] meant = new ReferenceExecutor(model).Run(model.FrontEnd.Apply(pcm), out int frames);
            compiled.FrameCount(samples).ShouldBe(frames);
            runtime.FrameCount(samples).ShouldBe(frames);
            double largest = meant.Max(x => Math.Abs(x));
            foreach (ISpeechModel instance in (ISpeechModel[])[compiled, runtime])
            {
                var logits = new float[meant.Length];
                instance.Logits(pcm, logits).ShouldBe(frames);
                logits.Zip(meant, (x, y) => Math.Abs(x - y)).Max().ShouldBeLessThan((float)(5e-6 * largest), instance.Kernels);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Conventions))]
    public void Features_that_are_given_make_the_bits_that_those_of_the_samples_make(bool isKaldi)
    {
        FloatModel model = Model(isKaldi);
        QuantizedModel quantized = Quantize(model, _ => false);
        string path = folder.Write("voice.sqmodel", DescriptionWriter.Write(quantized.Description));
        folder.Write("voice.sqweights", quantized.Weights);
        float[] pcm = Noise(7777);
        using CompiledModelSource whole = CompiledModelSource.Load(path), network = CompiledModelSource.Load(path, null, model.FrontEnd.Channels);
        float[] features = model.FrontEnd.Apply(pcm);
        Bits(Logits(network, features)).ShouldBe(Bits(Logits(whole, pcm)));

        using var floats = new FloatModelSource(model, Tokens(model));
        using var bare = new FloatModelSource(model with { FrontEnd = model.FrontEnd.Given(path, model.FrontEnd.Channels) }, Tokens(model));
        Bits(Logits(bare, features)).ShouldBe(Bits(Logits(floats, pcm)));
        Should.Throw<StableQuantException>(() => CompiledModelSource.Load(path, null, 1)).Message.ShouldBe(
            string.Create(CultureInfo.InvariantCulture, $"{path}: the network reads features of {model.FrontEnd.Channels} channels, and the input has samples."));
        Should.Throw<StableQuantException>(() => model.FrontEnd.Given(path, 7)).Message.ShouldContain("and the input has features of 7 channels.");
    }

    [Fact]
    public void A_call_allocates_nothing()
    {
        using CompiledModelSource source = CompiledModelSource.Compile(Quantize(Model(true), _ => false), "test.sqweights");
        using ISpeechModel instance = source.Create(1);
        float[] pcm = Noise(9999), logits = new float[instance.FrameCount(9999) * instance.VocabularySize];
        instance.Logits(pcm, logits);
        long before = GC.GetAllocatedBytesForCurrentThread();
        instance.Logits(pcm, logits);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    // Features are an operand like any other: they are recorded, and have a grid.
    [Fact]
    public void Calibration_records_the_features_that_a_product_reads()
    {
        FloatModel model = Model(false);
        Quantizer.Operands(model).Keys.ShouldContain(Operation.Features);
        SpeechDataset data = SpeechDataset.Load(TestFiles.Data("speech.tsv"));
        using var weights = new FloatWeights(model);
        string[] wanted = [.. Quantizer.Operands(model).Keys];
        IReadOnlyList<Histogram> recorded = ActivationRecorder.Record(model, weights, wanted, data, 1, null, CancellationToken.None);
        float[][] features = [.. data.Utterances.Select(u => model.FrontEnd.Apply(Transcriber.Load(u, 0, CancellationToken.None)))];
        Histogram mel = recorded[Array.IndexOf(wanted, Operation.Features)];
        (mel.Count, mel.Min, mel.Max).ShouldBe((features.Sum(f => (long)f.Length), features.Min(f => f.Min()), features.Max(f => f.Max())));
    }

    // Features are normalised over the utterance that a call hears, so that a stream recognises each whole: in whatever pieces it comes.
    [Theory]
    [MemberData(nameof(Conventions))]
    public void An_utterance_of_a_stream_has_the_logits_of_a_call_with_its_samples(bool isKaldi)
    {
        using CompiledModelSource source = CompiledModelSource.Compile(Quantize(Model(isKaldi), _ => false), "test.sqweights");
        using ISpeechModel model = source.Create(20), alone = source.Create(20);
        float[] speech = [.. AudioFile.Load16k(TestFiles.Data("0055.wav")), .. new float[16000], .. AudioFile.Load16k(TestFiles.Data("0128.wav")), .. new float[16000]];
        var ends = new List<long>();
        foreach (int piece in (int[])[160, 7919])
        {
            int heard = 0;
            var session = new StreamingSession(
                model,
                (scoped in SpeechResult result) =>
                {
                    if (result.IsFinal)
                    {
                        var expected = new float[result.Logits.Length];
                        alone.Logits(result.Samples, expected);
                        Bits(result.Logits.ToArray()).ShouldBe(Bits(expected));
                        ends.Add(result.EndSample);
                        heard++;
                    }
                },
                new StreamingOptions { MinConfidence = 0 });
            foreach (float[] part in speech.Chunk(piece))
            {
                session.Push(part);
            }

            session.Finish();
            heard.ShouldBeGreaterThanOrEqualTo(2);
        }

        ends[..(ends.Count / 2)].ShouldBe(ends[(ends.Count / 2)..]);
    }

    // Two layers that read the features, one with frames beyond both ends.
    private static FloatModel Model(bool isKaldi)
    {
        LogMelFrontEnd frontEnd = isKaldi ? FloatFrontEnd.Kaldi(20, 2) : FloatFrontEnd.Nemo(40);
        var random = new Random(5);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) / 4)];
        return new FloatModel
        {
            Name = "features",
            FrontEnd = frontEnd,
            Operations =
            [
                new Linear("projection", "", Operation.Features, 40, 24),
                new Convolution("position", "", Operation.Features, 40, 24, 3, 1, 1, 1, 1),
                new Add("position.add", "", "projection", "position"),
                new Convolution("conv1", "", "position.add", 24, 24, 3, 2, 1, 1, 1),
                new Activation("conv1.gelu", "", "conv1", ActivationFunction.Gelu),
                new Linear("head", "", "conv1.gelu", 24, 5),
            ],
            Parameters = new Dictionary<string, FloatParameters>
            {
                ["projection"] = new(Values(40 * 24), Values(24)),
                ["position"] = new(Values(40 * 24 * 3), Values(24)),
                ["conv1"] = new(Values(24 * 24 * 3), null),
                ["head"] = new(Values(24 * 5), Values(5)),
            },
        };
    }

    private static QuantizedModel Quantize(FloatModel model, Func<string, bool> isFloat)
    {
        HashSet<string> layers = [.. model.Operations.Where(o => o is Graph.Product).Select(o => o.Layer).Where(isFloat)];
        var grids = Quantizer.Operands(model, layers).ToDictionary(o => o.Key, o => new QuantizationGrid(o.Value, 0.03f, 128, Outliers.Keep, 100, "test"));
        return Quantizer.Quantize(model, new QuantizedWeights(model, leastSquares: false), grids, Tokens(model), new Receipt("test", new([]), new([]), new([])), layers);
    }

    private static Vocabulary Tokens(FloatModel model) => new(new(Enumerable.Range(0, model.LogitCount).Select(i => i == 0 ? "<pad>" : ((char)('A' + i)).ToString())), 0, -1);

    private static float[] Logits(IModelSource source, float[] input)
    {
        using ISpeechModel instance = source.Create(2);
        var logits = new float[instance.FrameCount(input.Length) * instance.VocabularySize];
        instance.Logits(input, logits);
        return logits;
    }

    private static float[] Noise(int samples)
    {
        var random = new Random(samples);
        return [.. Enumerable.Range(0, samples).Select(i => (float)((random.NextDouble() - 0.5) * (0.3 + 0.2 * Math.Sin(i * 0.001))))];
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];
}
