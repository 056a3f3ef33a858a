using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Simulate;
using StableQuant.Calibration.Speech;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Calibrate;

/// <summary>What makes a quantized model differ from float, on a tiny model whose grids are good but for what a test plants.</summary>
public sealed class AttributionTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("conv2", OperandKind.ConvolutionInputs)]
    [InlineData("block1", OperandKind.LinearInputs)]
    [InlineData("head", OperandKind.LinearInputs)]
    public void A_grid_that_is_wrong_is_found(string layer, OperandKind kind)
    {
        FloatModel model = OnnxImporter.Import(TestFiles.Data("tiny-hubert.onnx"));
        string[] wrong = [.. model.Operations.OfType<Product>().Where(p => p.Layer == layer && p is Convolution == (kind == OperandKind.ConvolutionInputs)).Select(p => p.Input)];
        wrong.ShouldNotBeEmpty();
        Dictionary<string, QuantizationGrid> grids = Quantizer.Operands(model).ToDictionary(
            o => o.Key, o => new QuantizationGrid(o.Value, wrong.Contains(o.Key) ? 0.8f : 1e-5f, o.Value == QuantizedType.U8 ? 128 : 0, Outliers.Keep, 100, ""), StringComparer.Ordinal);
        IReadOnlyList<AttributedPart> parts = Attribute(model, grids, model.Layers());

        double Of(string? l, OperandKind? k) => parts.Single(p => p.Layer == l && p.Operand == k).Divergence;
        Of(null, null).ShouldBeGreaterThan(0);
        parts.Where(p => p.Layer is null && p.Operand is not null).MaxBy(p => p.Divergence)!.Operand.ShouldBe(kind);
        parts.Where(p => p.Layer is not null && p.Operand is null).MaxBy(p => p.Divergence)!.Layer.ShouldBe(layer);
        parts.Where(p => p.Layer is not null && p.Operand is not null).MaxBy(p => p.Divergence).ShouldBe(parts.Single(p => p.Layer == layer && p.Operand == kind));

        // Alone it does nearly all that the whole does.
        Of(layer, kind).ShouldBe(Of(null, null), 0.5 * Of(null, null));
    }

    [Fact]
    public void It_goes_from_the_whole_to_kinds_to_layers_to_operands_and_leaves_float_layers_out()
    {
        FloatModel model = OnnxImporter.Import(TestFiles.Data("tiny-hubert.onnx"));
        Dictionary<string, QuantizationGrid> grids = Quantizer.Operands(model).ToDictionary(o => o.Key, o => new QuantizationGrid(o.Value, 0.01f, o.Value == QuantizedType.U8 ? 128 : 0, Outliers.Keep, 100, ""), StringComparer.Ordinal);
        string[] int8 = [.. model.Layers().Where(layer => layer != "conv1")];
        IReadOnlyList<AttributedPart> parts = Attribute(model, grids, int8);
        parts[0].ShouldBe(parts.Single(p => p.Layer is null && p.Operand is null));
        parts.Skip(1).Take(6).ShouldAllBe(p => p.Layer == null);
        parts.Skip(1).Take(6).Select(p => p.Operand!.Value).ShouldBe(Enum.GetValues<OperandKind>().Except([OperandKind.DepthwiseInputs]));
        parts.Skip(7).Take(int8.Length).Select(p => (p.Layer, p.Operand)).ShouldBe(int8.Select(layer => ((string?)layer, (OperandKind?)null)));
        parts.Skip(7 + int8.Length).ShouldAllBe(p => p.Layer != null && p.Operand != null);
        parts.Skip(7 + int8.Length).Select(p => p.Layer).Distinct().Count().ShouldBe(3);
    }

    // The model hears no word that was said, but quantized so finely it hears what it heard in float.
    [Fact]
    public void Words_that_differ_are_those_that_the_float_model_itself_did_not_hear()
    {
        FloatModel model = OnnxImporter.Import(TestFiles.Data("tiny-hubert.onnx"));
        Dictionary<string, QuantizationGrid> grids = Quantizer.Operands(model).ToDictionary(o => o.Key, o => new QuantizationGrid(o.Value, 1e-5f, o.Value == QuantizedType.U8 ? 128 : 0, Outliers.Keep, 100, ""), StringComparer.Ordinal);
        AttributedPart inputs = Attribute(model, grids, model.Layers()).Single(p => p.Layer is null && p.Operand == OperandKind.ConvolutionInputs);
        inputs.Differing.Length.ShouldBeGreaterThan(0);
        inputs.Differing.Errors.ShouldBe(0);
    }

    private IReadOnlyList<AttributedPart> Attribute(FloatModel model, Dictionary<string, QuantizationGrid> grids, IReadOnlyList<string> layers)
    {
        Vocabulary vocabulary = VocabularyFile.Load(TestFiles.Data("vocab.json"));
        var log = new CalibrationLog(new ProgressOf<CalibrationProgress>(_ => { }));
        using var journal = new SimulationJournal(Path.Combine(folder.Path, "tiny.sqsearch"), "test");
        using var constants = new FloatWeights(model);
        var simulator = new Simulator(
            model, constants, new QuantizedWeights(model, leastSquares: false), vocabulary, new SearchSpeech(model, SpeechDataset.Load(TestFiles.Data("speech.tsv")), every: 0), 2, log, journal, default) { CountsAgainstFloat = true };
        return new Attribution(model, layers, grids, simulator, log).Run();
    }
}
