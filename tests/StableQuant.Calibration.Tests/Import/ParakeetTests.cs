using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Decoding;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>Parakeet-CTC, from a checkpoint and from exports: a subsampling over time and bands, and FastConformer blocks.</summary>
public class ParakeetTests
{
    private const float OfFloat = 1e-5f;

    [Fact]
    public void A_checkpoint_gives_the_logits_of_PyTorch()
    {
        FloatModel model = CheckpointImporter.Import(TestFiles.Model("checkpoints/parakeet"));
        float[] logits = new ReferenceExecutor(model).Run(Floats("checkpoints/parakeet/reference.input.f32"), out int frames);
        frames.ShouldBe(13);
        Difference(logits, Floats("checkpoints/parakeet/reference.output.f32")).ShouldBeLessThan(OfFloat);
        model.FrontEnd.ShouldBe(FloatFrontEnd.Nemo(80));
    }

    // No layer has a bias here but those of the subsampling, and nothing is scaled behind it; 146 frames are no whole number of steps.
    [Fact]
    public void An_export_gives_the_logits_of_PyTorch()
    {
        FloatModel model = OnnxImporter.Import(TestFiles.Model("exports/parakeet-nobias-ts.onnx"));
        float[] logits = new ReferenceExecutor(model).Run(Floats("exports/parakeet-nobias-ts.input.f32"), out int frames);
        frames.ShouldBe(19);
        Difference(logits, Floats("exports/parakeet-nobias-ts.output.f32")).ShouldBeLessThan(OfFloat);
        model.FrontEnd.ShouldBe(FloatFrontEnd.Nemo(80));
    }

    // Other factors, bands and widths, at two lengths, where they are beside the checkout.
    [SharedTheory("models/zoo/parakeet-ts17.onnx")]
    [InlineData("models/zoo/parakeet-ts17", "input.f32", "output.f32")]
    public void Other_exports_give_the_logits_of_PyTorch(string name, string input, string output)
    {
        float[] Shared(string ending) => Read(TestFiles.Shared($"{name}.{ending}")!);
        float[] logits = new ReferenceExecutor(OnnxImporter.Import(TestFiles.Shared(name + ".onnx")!)).Run(Shared(input), out _);
        Difference(logits, Shared(output)).ShouldBeLessThan(OfFloat);
    }

    [Fact]
    public void Every_number_of_frames_makes_as_many_as_in_ONNX_Runtime_and_the_same_logits()
    {
        string path = TestFiles.Model("exports/parakeet-nobias-ts.onnx");
        FloatModel model = OnnxImporter.Import(path);
        using var session = new InferenceSession(path);
        float[] features = Floats("exports/parakeet-nobias-ts.input.f32");
        for (int frames = 1; frames < 36; frames++)
        {
            float[] part = features[..(frames * 80)];
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(part, [1, frames, 80]);
            using var options = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> made = session.Run(options, ["input_features"], [input], ["logits"]);
            float[] expected = made[0].GetTensorDataAsSpan<float>().ToArray();
            Difference(new ReferenceExecutor(model).Run(part, out int own), expected).ShouldBeLessThan(OfFloat, $"{frames} frames");
            own.ShouldBe((frames + 7) / 8);
        }
    }

    // Odd and even numbers of frames and bands, taps and steps; of one channel, and of each by itself.
    [Fact]
    public void A_convolution_over_bands_is_that_of_ONNX_Runtime()
    {
        var random = new Random(3);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        for (int bands = 1; bands < 12; bands++)
        {
            int kernel = random.Next(1, Math.Min(bands, 4) + 1), padding = random.Next(kernel), stride = random.Next(1, 4), channels = random.Next(2, 20);
            var first = new Convolution2d("subsample0", "", Operation.Features, bands, 1, channels, kernel, stride, padding);
            var second = new Convolution2d("subsample1", "", "subsample0", first.OutputBands, channels, channels, 2, stride, 1);
            var model = new FloatModel
            {
                Name = "bands", FrontEnd = FloatFrontEnd.Nemo(bands), Operations = [first, second],
                Parameters = new Dictionary<string, FloatParameters>
                {
                    ["subsample0"] = new(Values(channels * first.GroupInputs), Values(channels)), ["subsample1"] = new(Values(channels * second.GroupInputs), null),
                },
            };
            using var weights = new FloatWeights(model);
            using var session = new FloatSession(model, weights, ["subsample1"], threads: 1);
            for (int frames = kernel; frames < 12; frames++)
            {
                float[] features = Values(frames * bands);
                using IDisposableReadOnlyCollection<OrtValue> made = session.Run(features);
                Difference(new ReferenceExecutor(model).Run(features, out _), made[0].GetTensorDataAsSpan<float>().ToArray()).ShouldBeLessThan(OfFloat, $"{frames} frames of {first}, {second}");
            }
        }
    }

    // A trained one, of word pieces.
    [SharedTheory("models/commands-parakeet.onnx")]
    [Trait("Ring", "Full")]
    [InlineData("0", "ADD BREAD AND SUGAR TO THE SHOPPING LIST")]
    [InlineData("7", "ADD SOAP AND BUTTER TO MY SHOPPING LIST")]
    [InlineData("33", "DIM THE BEDROOM LIGHTS TO FIFTEEN PERCENT")]
    public void A_trained_model_hears_what_PyTorch_hears(string utterance, string text)
    {
        string path = TestFiles.Shared("models/commands-parakeet.onnx")!;
        FloatModel model = OnnxImporter.Import(path);
        Vocabulary vocabulary = VocabularyFile.LoadFor(path, null);
        float[] Reference(string what) => Read(TestFiles.Shared($"models/parakeet-reference/{utterance}.{what}.f32")!);
        float[] logits = new ReferenceExecutor(model).Run(Reference("features"), out int frames);

        // Eight blocks of float32, in another order of sums.
        Difference(logits, Reference("logits")).ShouldBeLessThan(2 * OfFloat);
        var decoder = new CtcDecoder(new CtcVocabulary([.. vocabulary.Tokens], vocabulary.Blank, vocabulary.WordDelimiter));
        var heard = new char[decoder.MaxTextLength(frames)];
        new string(heard, 0, decoder.Decode(logits, frames, heard)).ShouldBe(text);
    }

    [Theory]
    [InlineData("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 1", "num_key_value_heads", "heads that share keys")]
    [InlineData("\"conv_kernel_size\": 9", "\"conv_kernel_size\": 8", "conv_kernel_size", "is even")]
    [InlineData("\"subsampling_factor\": 8", "\"subsampling_factor\": 6", "subsampling_factor", "is no power of two")]
    [InlineData("\"subsampling_factor\": 8", "\"subsampling_factor\": 4", "encoder.subsampling.linear.weight", "[32, 160]")]
    [InlineData("\"num_mel_bins\": 80", "\"num_mel_bins\": 72", "encoder.subsampling.linear.weight", "[32, 144]")]
    [InlineData("\"attention_bias\": true", "\"attention_bias\": false", "linear2.bias", "belong to no part")]
    [InlineData("\"hidden_act\": \"silu\"", "\"hidden_act\": \"mish\"", "hidden_act", "is 'mish'")]
    public void What_is_not_supported_or_does_not_fit_is_named(string old, string replacement, string place, string why)
    {
        using var folder = new TemporaryFolder();
        string from = TestFiles.Model("checkpoints/parakeet"), config = File.ReadAllText(Path.Combine(from, "config.json"));
        config.ShouldContain(old);
        folder.Write("config.json", System.Text.Encoding.UTF8.GetBytes(config.Replace(old, replacement, StringComparison.Ordinal)));
        folder.Write("model.safetensors", File.ReadAllBytes(Path.Combine(from, "model.safetensors")));
        string message = Should.Throw<ImportException>(() => CheckpointImporter.Import(folder.Path)).Message;
        message.ShouldContain(place);
        message.ShouldContain(why);
    }

    private static float Difference(float[] logits, float[] expected)
    {
        logits.Length.ShouldBe(expected.Length);
        return logits.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
    }

    private static float[] Floats(string name) => Read(TestFiles.Model(name));

    private static float[] Read(string path) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();
}
