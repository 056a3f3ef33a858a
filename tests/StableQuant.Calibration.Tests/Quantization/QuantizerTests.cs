using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Tests.Import;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;
using StableQuant.Graph.Text;

namespace StableQuant.Calibration.Tests.Quantization;

public sealed class QuantizerTests
{
    private static readonly FloatModel Model = OnnxImporter.Import(TestFiles.Data("tiny-hubert.onnx"));
    private static readonly Vocabulary Vocabulary = VocabularyFile.Load(TestFiles.Data("vocab.json"));

    [Fact]
    public void The_operands_are_what_products_read_except_the_audio()
    {
        IReadOnlyDictionary<string, QuantizedType> operands = Quantizer.Operands(Model);
        string[] attentions = [.. Model.Operations.OfType<Attention>().SelectMany(a => new[] { a.Key, a.Value })];
        string[] read = [.. Model.Operations.Where(o => o is Convolution or Linear or Attention).SelectMany(o => o.Inputs).Distinct()];
        read.ShouldContain(Operation.Audio);
        operands.Keys.ShouldBe(read.Where(input => input != Operation.Audio), ignoreOrder: true);
        operands.Where(o => o.Value == QuantizedType.S8).Select(o => o.Key).ShouldBe(attentions, ignoreOrder: true);
    }

    [Theory]
    [InlineData(TinyModel.GroupNorm, true)]
    [InlineData(TinyModel.LayerNorm, false)]
    public void What_the_extractor_reads_is_quiet_where_no_layer_norm_makes_every_frame_alike(string name, bool isQuiet)
    {
        FloatModel model = OnnxImporter.Import(TinyModel.PathOf(name));
        int convolutions = model.Layers().Count(layer => layer.StartsWith("conv", StringComparison.Ordinal));
        convolutions.ShouldBeGreaterThan(3);

        // All but the first, which reads the audio, and the last.
        string[] expected = [.. Enumerable.Range(0, isQuiet ? convolutions - 2 : 0).Select(i => $"conv{i}.gelu")];
        Quantizer.Quiet(model).ShouldBe(expected, ignoreOrder: true);
    }

    [Fact]
    public void Queries_keys_and_values_share_one_quantize_of_their_input()
    {
        ModelDescription description = Quantize(Model).Description;
        foreach (Attention attention in description.Operations.OfType<Attention>())
        {
            Linear[] projections = [.. new[] { attention.Query, attention.Key, attention.Value }
                .Select(q => Find<Quantize>(description, q).Input).Select(value => Find<Linear>(description, value))];
            projections.Select(p => p.Input).Distinct().Count().ShouldBe(1);
        }

        Quantize[] all = [.. description.Operations.OfType<Quantize>()];
        all.Select(q => q.Input).ShouldBeUnique();
        all.Length.ShouldBe(Quantizer.Operands(Model).Count);
    }

    [Fact]
    public void A_quantize_carries_its_grid_and_is_named_after_value_and_type()
    {
        foreach (Quantize quantize in Quantize(Model).Description.Operations.OfType<Quantize>())
        {
            QuantizationGrid grid = GridOf(Quantizer.Operands(Model)[quantize.Input]);
            quantize.Name.ShouldBe(quantize.Input + (grid.Type == QuantizedType.U8 ? ".u8" : ".s8"));
            (quantize.Type, quantize.Scale, quantize.ZeroPoint, quantize.Percentile, quantize.Why)
                .ShouldBe((grid.Type, grid.Scale, grid.ZeroPoint, grid.Percentile, grid.Why));
        }
    }

    [Fact]
    public void Residuals_and_norms_go_on_reading_float()
    {
        ModelDescription description = Quantize(Model).Description;
        string[] quantized = [.. description.Operations.OfType<Quantize>().Select(q => q.Name)];
        Operation[] floats = [.. description.Operations.Where(o => o is Add or LayerNorm or GroupNorm or Activation)];
        floats.ShouldNotBeEmpty();
        floats.ShouldAllBe(o => !o.Inputs.Any(input => quantized.Contains(input)));
    }

    [Fact]
    public void The_description_states_length_and_hash_of_the_weights()
    {
        QuantizedModel quantized = Quantize(Model);
        quantized.Description.Weights.Bytes.ShouldBe(quantized.Weights.Length);
        quantized.Description.Weights.Sha256.ShouldBe(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(quantized.Weights)));
        DescriptionReader.Read(quantized.Text, out _).ShouldBe(quantized.Description);
    }

    [Fact]
    public void A_float_layer_reads_and_multiplies_in_float32_and_the_others_stay_int8()
    {
        HashSet<string> layers = ["conv0", "block0", "position"];
        QuantizedModel mixed = Quantize(Model, layers);
        Operation[] operations = [.. mixed.Description.Operations];
        string[] quantized = [.. operations.OfType<Quantize>().Select(q => q.Name)];
        foreach (Operation operation in operations.Where(o => o is Product or Attention))
        {
            bool isFloat = layers.Contains(operation.Layer);
            if (operation is Product product)
            {
                product.Packed.ShouldBeOfType(isFloat ? typeof(PackedFloat) : typeof(PackedInt8));
            }

            operation.Inputs.Where(input => input != Operation.Audio).ShouldAllBe(input => quantized.Contains(input) == !isFloat, operation.Name);
        }

        mixed.Weights.Length.ShouldBeGreaterThan(Quantize(Model).Weights.Length);
        DescriptionReader.Read(mixed.Text, out _).ShouldBe(mixed.Description);
    }

    [Fact]
    public void A_value_that_only_float_layers_read_is_no_operand()
    {
        HashSet<string> layers = ["block0"];
        string[] all = [.. Quantizer.Operands(Model).Keys];
        string[] left = [.. Quantizer.Operands(Model, layers).Keys];
        string[] within = [.. Model.Operations.Where(o => layers.Contains(o.Layer) && o is Product or Attention).SelectMany(o => o.Inputs)];
        string[] outside = [.. Model.Operations.Where(o => !layers.Contains(o.Layer) && o is Product or Attention).SelectMany(o => o.Inputs)];
        all.Except(left).ShouldBe(within.Except(outside).Distinct(), ignoreOrder: true);
        all.Except(left).ShouldNotBeEmpty();
    }

    [Fact]
    public void A_float_layer_that_the_model_lacks_is_named()
    {
        string message = Should.Throw<StableQuantException>(() => Quantizer.Operands(Model, new HashSet<string> { "conv0", "block99" })).Message;
        message.ShouldContain("has no layer 'block99'; its layers are conv0, conv1");
        Should.Throw<StableQuantException>(() => Quantize(Model, ["encoder"])).Message.ShouldContain("no layer 'encoder'");
    }

    [Fact]
    public void A_value_cannot_be_both_activation_and_key()
    {
        var model = new FloatModel
        {
            Name = "odd",
            Operations =
            [
                new Linear("in", "", Operation.Audio, 1, 16),
                new Attention("attention", "", "in", "in", "in", 1, 16, 1),
            ],
            Parameters = new Dictionary<string, FloatParameters>(),
        };
        Should.Throw<StableQuantException>(() => Quantizer.Operands(model)).Message.ShouldStartWith("odd: 'in' is both");
    }

    private static QuantizedModel Quantize(FloatModel model, HashSet<string>? floatLayers = null) => Quantizer.Quantize(
        model,
        new QuantizedWeights(model, leastSquares: false),
        Quantizer.Operands(model).ToDictionary(o => o.Key, o => GridOf(o.Value)),
        Vocabulary,
        new Receipt("test", new([]), new([]), new([])),
        floatLayers);

    private static QuantizationGrid GridOf(QuantizedType type) => type == QuantizedType.U8 ? new QuantizationGrid(type, 0.125f, 17, Outliers.Clip, 99.5, "because") : new QuantizationGrid(type, 0.25f, 0, Outliers.Clip, 100, "max");

    private static T Find<T>(ModelDescription description, string name)
        where T : Operation => description.Operations.Single(o => o.Name == name).ShouldBeOfType<T>();
}
