using System.Runtime.InteropServices;
using StableQuant.Audio;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Tests.Import.Checkpoint;
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

    // 49 frames: of SEW's the last is zeros.
    [Theory]
    [InlineData("mms-adapter")]
    [InlineData("sew")]
    [InlineData("w2v2-addadapter")]
    public void What_runs_of_a_member_gives_the_logits_of_PyTorch(string name)
    {
        static float[] Floats(string file) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(TestFiles.Model($"checkpoints/{file}"))).ToArray();
        FloatModel model = CheckpointImporter.Import(TestFiles.Model($"checkpoints/{name}")) with { FrontEnd = FloatFrontEnd.AsIs };
        float[] expected = Floats($"{name}/reference.output.f32"), logits = Logits(Floats("reference.input.f32"), model);
        logits.Length.ShouldBe(expected.Length);
        logits.Zip(expected, (x, y) => Math.Abs(x - y)).Max().ShouldBeLessThan(1e-5f * expected.Max(Math.Abs));
    }

    [Theory]
    [InlineData("gelu_new")]
    [InlineData("relu")]
    [InlineData("silu")]
    public void What_runs_has_the_activations_of_the_model(string function)
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Config["hidden_act"] = function;
        checkpoint.Config["feat_extract_activation"] = function;
        FloatModel model = checkpoint.Import() with { FrontEnd = FloatFrontEnd.AsIs };
        float[] pcm = FloatFrontEnd.Normalized.Apply(AudioFile.Load16k(Data("0055.wav")));
        float[] expected = new ReferenceExecutor(model).Run(pcm, out _), logits = Logits(pcm, model);
        logits.Zip(expected, (x, y) => Math.Abs(x - y)).Max().ShouldBeLessThan(1e-5f * expected.Max(Math.Abs));
    }

    // The blocks of SEW see one frame for two.
    [Fact]
    public void An_utterance_has_a_frame_of_every_value_on_the_way()
    {
        using var source = new FloatModelSource(CheckpointImporter.Import(TestFiles.Model("checkpoints/sew")), vocabulary);
        using ISpeechModel model = source.Create(maxSeconds: 1);
        model.MinSamples.ShouldBe(720);
        model.SamplesPerFrame.ShouldBe(320);
        model.FrameCount(719).ShouldBe(0);
        model.FrameCount(720).ShouldBe(2);
        model.FrameCount(1040).ShouldBe(3);
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
