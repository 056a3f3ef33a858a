using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Speech;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Calibrate;

/// <summary>Models without words, from their float form to the class that ships.</summary>
[Trait("Ring", "Full")]
public sealed class HeadCalibrationTests : IDisposable
{
    private static readonly SpeechDataset Speech = SpeechDataset.Load(TestFiles.Data("speech.tsv"));

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_classifier_is_judged_by_labels_and_answers_with_probabilities()
    {
        SpeechDataset labeled = Speech.WithTranscripts(["LABEL_2", "LABEL_2", "LABEL_1", "label_2"]);
        (CalibrationResult result, CompiledModelSource source) = Calibrate("heads/w2v2-classify-weighted", labeled);
        using (source)
        {
            // It says the same of all recordings.
            Measurement measured = result.Receipt.Measurements.Single();
            (measured.Kind, measured.Words, measured.FloatWer, measured.QuantizedWer, measured.Differing).ShouldBe((MeasureKind.Labels, 4, 0.25, 0.25, 0.0));
            measured.Figures.ShouldBe([new("error", 0.25, 0.25, 0, 0), new("differing", null, 0, 0, 0)]);
            result.Noise.ShouldBeEmpty();

            using ISpeechClassifier classifier = source.CreateClassifier(maxSeconds: 5);
            (classifier.IsPerFrame, classifier.FrameCount(16000), classifier.Labels[6]).ShouldBe((false, 1, "LABEL_6"));
            float[] pcm = Speech.Utterances[0].Load(default), probabilities = new float[7], logits = new float[7];
            classifier.Classify(pcm, probabilities).ShouldBe(1);
            classifier.Logits(pcm, logits).ShouldBe(1);
            double sum = logits.Sum(logit => Math.Exp(logit));
            probabilities.Zip(logits, (p, logit) => Math.Abs(p - (Math.Exp(logit) / sum))).Max().ShouldBeLessThan(1e-6);
            NearFloat("heads/w2v2-classify-weighted", pcm, logits);

            void Calls() => classifier.Classify(pcm, probabilities);
            Runtime.Tests.Allocations.Of(Calls).ShouldBe(0);
            Should.Throw<ArgumentException>(() => classifier.Classify(pcm, new float[6])).Message.ShouldContain("are 7 values; there is room for 6");
            Should.Throw<StableQuantException>(() => source.Create(5)).Message.ShouldContain("use stablequant classify");
            Should.Throw<StableQuantException>(() => source.CreateEmbedder(5)).Message.ShouldContain("use stablequant classify");
        }
    }

    [Fact]
    public void An_x_vector_model_is_judged_by_its_distance_from_float()
    {
        (CalibrationResult result, CompiledModelSource source) = Calibrate("heads/w2v2-xvector", Speech);
        using (source)
        {
            Measurement measured = result.Receipt.Measurements.Single();
            (measured.Kind, measured.Words, measured.FloatWer).ShouldBe((MeasureKind.Embeddings, 4, 0));
            measured.QuantizedWer.ShouldBeLessThan(1e-3);
            measured.Figures.Select(f => f.Name).ShouldBe(["error", "worst-error", "differing", "worst-differing"]);
            measured.Figures[1].Quantized.ShouldBe(result.Quantized.Utterances.Max(u => u.WordErrors.Rate), "one of four is the worst");

            using ISpeechEmbedder embedder = source.CreateEmbedder(maxSeconds: 5);
            float[] pcm = Speech.Utterances[0].Load(default), embedding = new float[embedder.EmbeddingSize];
            embedder.EmbeddingSize.ShouldBe(24);
            embedder.Embed(pcm, embedding);
            NearFloat("heads/w2v2-xvector", pcm, embedding);
            void Calls() => embedder.Embed(pcm, embedding);
            Runtime.Tests.Allocations.Of(Calls).ShouldBe(0);
            Should.Throw<ArgumentException>(() => embedder.Embed(pcm.AsSpan(0, embedder.MinSamples - 1), embedding)).Message.ShouldContain("needs at least 5200");
        }
    }

    [Fact]
    public void The_embedding_of_an_utterance_is_the_mean_of_its_frames()
    {
        (_, CompiledModelSource source) = Calibrate("checkpoints/w2v2-hidden", Speech);
        using (source)
        {
            using ISpeechEmbedder embedder = source.CreateEmbedder(maxSeconds: 5);
            float[] pcm = Speech.Utterances[1].Load(default);
            int count = embedder.FrameCount(pcm.Length), size = embedder.EmbeddingSize;
            var frames = new float[count * size];
            var mean = new float[size];
            embedder.EmbedFrames(pcm, frames).ShouldBe(count);
            count.ShouldBeGreaterThan(10);
            embedder.Embed(pcm, mean);
            mean.Select((value, c) => Math.Abs(value - Enumerable.Range(0, count).Average(f => (double)frames[(f * size) + c]))).Max().ShouldBeLessThan(1e-6);
        }
    }

    [Fact]
    public void Classes_of_frames_are_judged_by_the_float_models()
    {
        (CalibrationResult result, CompiledModelSource source) = Calibrate("checkpoints/w2v2-frames", Speech);
        using (source)
        {
            Measurement measured = result.Receipt.Measurements.Single();
            using ISpeechClassifier classifier = source.CreateClassifier(maxSeconds: 5);
            (measured.Kind, measured.FloatWer).ShouldBe((MeasureKind.Frames, 0));
            measured.Words.ShouldBe(Speech.Utterances.Sum(u => classifier.FrameCount(u.Load(default).Length)));
            (classifier.IsPerFrame, classifier.Labels.AreExclusive).ShouldBe((true, false));
        }
    }

    private (CalibrationResult Result, CompiledModelSource Source) Calibrate(string model, SpeechDataset data)
    {
        string path = TestFiles.Model(model), output = Path.Combine(folder.Path, "made.sqmodel");
        CalibrationResult result = Calibrator.Run(
            new CalibrationRequest { ModelPath = path, Head = HeadFile.LoadFor(path, null, null), Data = data, Method = CalibrationMethod.Max, OutputPath = output },
            new ProgressOf<CalibrationProgress>(_ => { }), default);
        return (result, CompiledModelSource.Load(output));
    }

    private static void NearFloat(string name, float[] pcm, float[] outputs)
    {
        FloatModel model = ModelImporter.Import(TestFiles.Model(name));
        float[] expected = new ReferenceExecutor(model).Run(model.FrontEnd.Apply(pcm), out _);
        (outputs.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs)).ShouldBeLessThan(0.05f);
    }
}
