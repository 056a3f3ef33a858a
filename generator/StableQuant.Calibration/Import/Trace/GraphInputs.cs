using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Recognise;
using StableQuant.Calibration.Import.Tensors;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;
using Dimension = StableQuant.Calibration.Import.Onnx.TensorShapeProto.Types.Dimension;

namespace StableQuant.Calibration.Import.Trace;

/// <summary>The ends of the graph: the audio and masks that go in, the logits that come out.</summary>
internal sealed class GraphInputs
{
    private readonly OnnxFile file;
    private readonly ValueInfoProto audio;

    /// <summary>Finds the audio among the inputs, and checks that there is one output.</summary>
    public GraphInputs(OnnxFile file)
    {
        this.file = file;
        ValueInfoProto[] floats = [.. file.Graph.Inputs.Where(i => (DataType)(i.Type?.TensorType?.ElemType ?? 0) == DataType.Float && !AttentionMask.IsNameOfOne(i.Name))];
        audio = floats.Length == 1 ? floats[0]
            : throw new ImportException(file.Path, null, $"has {floats.Length} float32 inputs; a speech model has one, the samples [batch, samples]");
        if (file.Graph.Outputs.Count != 1)
        {
            throw new ImportException(file.Path, null, $"has {file.Graph.Outputs.Count} outputs ({string.Join(", ", file.Graph.Outputs.Select(o => $"'{o.Name}'"))}); export with the logits as the only one");
        }

        Dimension[] dimensions = Dimensions(audio);
        if (dimensions.Length is < 1 or > 3 || dimensions.SkipLast(1).Any(d => d.HasDimValue && d.DimValue != 1))
        {
            throw new ImportException(file.Path, $"input '{audio.Name}'", "is not [batch, samples] with a batch that may be 1; export the model with a batch of 1");
        }

        FixedSamples = dimensions[^1].HasDimValue ? checked((int)Math.Clamp(dimensions[^1].DimValue, 1, TensorShape.MaxCount)) : null;
    }

    /// <summary>The number of samples that the export is fixed to; null if any will do.</summary>
    public int? FixedSamples { get; }

    /// <summary>The inputs' values for an utterance: the audio, and ones for every mask.</summary>
    public IEnumerable<(string Name, TracedValue Value)> At(int samples)
    {
        foreach (ValueInfoProto input in file.Graph.Inputs)
        {
            int[] shape = [.. Dimensions(input).Select(_ => 1).SkipLast(1), samples];
            Tensor<int> view = Layouts.Whole(shape);
            yield return (input.Name, input == audio
                ? new DynamicValue(new AudioTerm(new Origin("", $"input '{input.Name}'", input.Name), samples), view)
                : new StaticValue(Ones(input, shape, view.Count)));
        }
    }

    /// <summary>The term that the graph's output shows: frames by vocabulary, whole and in order.</summary>
    public OperationTerm Output(Func<string, TracedValue?> values, Settlement settlement)
    {
        string name = file.Graph.Outputs[0].Name;
        if (values(name) is not DynamicValue { Term: not AudioTerm } value)
        {
            throw new ImportException(file.Path, $"output '{name}'", "does not depend on the audio; this is no speech model");
        }

        try
        {
            OperationTerm term = settlement.Settle(value.Term);
            return Layouts.Rows(value.View, term.Columns) is { } rows && rows.Length == term.Rows && rows.Select((r, i) => r == i).All(same => same)
                ? term
                : throw new ImportException(file.Path, $"output '{name}'", "is not [batch, frames, vocabulary]; export the logits as they are");
        }
        catch (OperatorException error)
        {
            throw new ImportException(file.Path, error.Place ?? $"output '{name}'", error.Message, error);
        }
    }

    private Tensor Ones(ValueInfoProto input, int[] shape, int count)
    {
        try
        {
            return Conversions.Cast(new Tensor<bool>(shape, [.. Enumerable.Repeat(true, count)]), input.Type?.TensorType?.ElemType ?? 0);
        }
        catch (OperatorException error)
        {
            throw new ImportException(file.Path, $"input '{input.Name}'", "is neither the audio (float32) nor a mask; export the model without it", error);
        }
    }

    private static Dimension[] Dimensions(ValueInfoProto input) => input.Type?.TensorType?.Shape?.Dim is { Count: > 0 } dimensions
        ? [.. dimensions]
        : [new Dimension { DimParam = "batch" }, new Dimension { DimParam = "samples" }];
}
