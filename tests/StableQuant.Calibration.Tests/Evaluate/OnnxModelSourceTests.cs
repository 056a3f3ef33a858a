using StableQuant.Audio;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Evaluate;

public sealed class OnnxModelSourceTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Vocabulary vocabulary = VocabularyFile.Load(Data("vocab.json"));

    public void Dispose() => folder.Dispose();

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
        using OnnxModelSource source = OnnxModelSource.Load(Data("tiny-hubert.onnx"), vocabulary);
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
    public void What_is_not_a_model_is_refused()
    {
        string path = folder.Write("text.onnx", "this is not a model");
        Should.Throw<StableQuantException>(() => OnnxModelSource.Load(path, vocabulary)).Message.ShouldContain("not a model that ONNX Runtime can load");
        Should.Throw<StableQuantException>(() => OnnxModelSource.Load(path + "x", vocabulary)).Message.ShouldContain("no such model");
    }

    [Fact]
    public void A_vocabulary_of_another_size_is_refused()
    {
        var other = new Vocabulary(new EquatableArray<string>(["<pad>", "A"]), 0, -1);
        Should.Throw<StableQuantException>(() =>
        {
            using OnnxModelSource source = OnnxModelSource.Load(Data("tiny-hubert.onnx"), other);
            using ISpeechModel model = source.Create(maxSeconds: 1);
            model.Logits(new float[400], new float[2]);
        }).Message.ShouldContain("vocabulary");
    }

    private float[] Logits(float[] pcm)
    {
        using OnnxModelSource source = OnnxModelSource.Load(Data("tiny-hubert.onnx"), vocabulary);
        using ISpeechModel model = source.Create(maxSeconds: 2);
        var logits = new float[model.FrameCount(pcm.Length) * model.VocabularySize];
        model.Logits(pcm, logits);
        return logits;
    }

    private static string Data(string name) => Path.Combine(AppContext.BaseDirectory, "Data", name);
}
