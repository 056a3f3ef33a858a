using StableQuant.Audio;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Evaluate;

public sealed class FloatModelSourceTests
{
    private static readonly FloatModel Model = OnnxImporter.Import(Data("tiny-hubert.onnx"));

    private readonly Vocabulary vocabulary = VocabularyFile.Load(Data("vocab.json"));

    [Fact]
    public void Logits_do_not_depend_on_gain_and_offset()
    {
        float[] pcm = AudioFile.Load16k(Data("0055.wav"));
        float[] logits = Logits(pcm);
        float[] ofChanged = Logits([.. pcm.Select(x => 0.25f * x + 0.1f)]);

        logits.Length.ShouldBe(((pcm.Length - 400) / 320 + 1) * 32);
        logits.Max().ShouldBeGreaterThan(0.1f);
        logits.Zip(ofChanged, (x, y) => Math.Abs(x - y)).Max().ShouldBeLessThan(1e-3f * logits.Max(Math.Abs));
    }

    [Fact]
    public void An_instance_says_what_it_takes()
    {
        using var source = new FloatModelSource(Model, vocabulary);
        using ISpeechModel model = source.Create(maxSeconds: 1);

        source.Name.ShouldBe("tiny-hubert");
        model.MaxSamples.ShouldBe(16000);
        model.FrameCount(399).ShouldBe(0);
        model.FrameCount(400).ShouldBe(1);
        model.FrameCount(16000).ShouldBe(49);
        Should.Throw<ArgumentException>(() => model.Logits(new float[399], new float[32])).Message.ShouldContain("400 to 16000");
        Should.Throw<ArgumentException>(() => model.Logits(new float[16001], new float[50 * 32])).Message.ShouldContain("400 to 16000");
        Should.Throw<ArgumentException>(() => model.Logits(new float[400], new float[31])).Message.ShouldContain("do not fit");
        Should.Throw<ArgumentException>(() => model.Logits([.. Enumerable.Repeat(float.NaN, 400)], new float[32])).Message.ShouldContain("not finite");
    }

    [Fact]
    public void A_vocabulary_of_another_size_is_refused()
    {
        var other = new Vocabulary(new EquatableArray<string>(["<pad>", "A"]), 0, -1);
        Should.Throw<StableQuantException>(() => new FloatModelSource(Model, other).Dispose()).Message.ShouldBe(
            $"{Data("tiny-hubert.onnx")}: makes 32 logits a frame, but the vocabulary has 2 tokens; name the vocabulary that belongs to the model.");
    }

    [Fact]
    public void A_model_that_takes_samples_as_they_are_gets_them_so()
    {
        float[] pcm = AudioFile.Load16k(Data("0055.wav"));
        float[] normalized = FloatFrontEnd.Normalized.Apply(pcm);
        Logits(normalized, Model with { FrontEnd = FloatFrontEnd.AsIs }).ShouldBe(Logits(pcm, Model));
        Logits(pcm, Model with { FrontEnd = FloatFrontEnd.AsIs }).ShouldNotBe(Logits(pcm, Model));
    }

    [Fact]
    public void Other_strides_make_frames_of_another_length()
    {
        FloatModel model = Model with
        {
            Operations = [.. Model.Operations.Select(o => o is Convolution { Name: "conv6" } c ? c with { Stride = 1 } : o)],
        };
        using var source = new FloatModelSource(model, vocabulary);
        using ISpeechModel instance = source.Create(1);
        instance.SamplesPerFrame.ShouldBe(160);
        instance.MinSamples.ShouldBe(400);
        instance.FrameCount(16000).ShouldBe(98);
        var logits = new float[98 * 32];
        logits.AsSpan().Fill(float.NaN);
        var random = new Random(1);
        instance.Logits([.. Enumerable.Range(0, 16000).Select(_ => random.NextSingle() - 0.5f)], logits).ShouldBe(98);
        logits.ShouldAllBe(l => float.IsFinite(l));
    }

    private float[] Logits(float[] pcm) => Logits(pcm, Model);

    private float[] Logits(float[] pcm, FloatModel from)
    {
        using var source = new FloatModelSource(from, vocabulary);
        using ISpeechModel model = source.Create(maxSeconds: 2);
        var logits = new float[model.FrameCount(pcm.Length) * model.VocabularySize];
        model.Logits(pcm, logits);
        return logits;
    }

    private static string Data(string name) => Path.Combine(AppContext.BaseDirectory, "Data", name);
}
