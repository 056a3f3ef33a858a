using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Checkpoint;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Recognise;
using StableQuant.Calibration.Import.Tensors;
using StableQuant.Graph;
using StableQuant.Graph.Validation;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;
using Dimension = StableQuant.Calibration.Import.Onnx.TensorShapeProto.Types.Dimension;

namespace StableQuant.Calibration.Import.Trace;

/// <summary>The ends of the graph: the audio or its features, masks and lengths that go in, the logits that come out.</summary>
internal sealed class GraphInputs
{
    private readonly OnnxFile file;
    // Frames of w2v-BERT 2.0's features that become one.
    private const int StackedFrames = 2;

    private readonly ValueInfoProto audio;
    private readonly int channels;
    private IReadOnlyCollection<string> traced = [];

    /// <summary>Finds the audio among the inputs.</summary>
    public GraphInputs(OnnxFile file)
    {
        this.file = file;
        ValueInfoProto[] floats = [.. file.Graph.Inputs.Where(i => Conversions.IsFloat(i.Type?.TensorType?.ElemType ?? 0) && !AttentionMask.IsNameOfOne(i.Name))];
        audio = floats.Length == 1 ? floats[0]
            : throw new ImportException(file.Path, null, $"has {floats.Length} inputs of floats; a speech model has one, the samples [batch, samples]");

        Dimension[] dimensions = Dimensions(audio);
        if (dimensions.Length is < 1 or > 3)
        {
            throw new ImportException(file.Path, $"input '{audio.Name}'", "is not [batch, samples]; export the model with samples as its input");
        }

        // Features are [batch, frames, channels]: the last axis has a size, and there may be many frames.
        channels = dimensions is [_, var frames, { HasDimValue: true, DimValue: > 1 and <= GraphLimits.MaxChannels and var width }] && !(frames.HasDimValue && frames.DimValue == 1) ? (int)width : 1;
        if (dimensions.SkipLast(HasFeatures ? 2 : 1).FirstOrDefault(d => d.HasDimValue && d.DimValue != 1) is { } batch)
        {
            throw new ImportException(file.Path, $"input '{audio.Name}'", $"is fixed to a batch of {batch.DimValue}; {BatchMend(audio.Name, file.Graph.Logits.Name)}");
        }

        Dimension length = dimensions[HasFeatures ? ^2 : ^1];
        FixedSamples = length.HasDimValue ? checked((int)Math.Clamp(length.DimValue, 1, TensorShape.MaxCount / channels)) : null;
    }

    /// <summary>Whether the graph reads features and not samples; what is said of samples is then said of their frames.</summary>
    public bool HasFeatures => channels > 1;

    /// <summary>
    /// What is made of the audio for the graph, as the files beside it say. Of features a graph knows the number alone: models that normalise them first
    /// have those of w2v-BERT 2.0.
    /// </summary>
    /// <param name="first">The first operation of the model.</param>
    /// <param name="note">Is told what is taken for granted.</param>
    public Graph.FrontEnd FrontEnd(Operation first, Action<string> note)
    {
        if (!HasFeatures)
        {
            return ExportFrontEnd.Samples(file.Path, note);
        }

        LogMelFrontEnd features = first is LayerNorm && channels % StackedFrames == 0 ? FloatFrontEnd.Kaldi(channels / StackedFrames, StackedFrames) : FloatFrontEnd.Nemo(channels);
        if (ExportFrontEnd.Features(file.Path, features, note) is { } said)
        {
            return said;
        }

        note($"{file.Path}: reads {channels} features a frame, which are taken as {(features.Convention == LogMelConvention.Kaldi ? "w2v-BERT 2.0" : "NeMo")} makes them: {features.Bands} mel bands{(features.Stack > 1 ? $" of {features.Stack} frames" : "")}.");
        return features;
    }

    /// <summary>The number of samples that the export is fixed to; null if any will do.</summary>
    public int? FixedSamples { get; }

    /// <summary>What the graph makes of the logits, as the last trace found.</summary>
    public ModelOutput MadeOfLogits { get; private set; }

    /// <summary>What the outputs are, as far as the graph tells, and as the last trace found.</summary>
    public HeadKind Head { get; private set; }

    /// <summary>What is read in another way than the graph says, as the last trace found.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            foreach (string note in traced)
            {
                yield return $"{file.Path}: {note}";
            }

            if (file.Graph.OtherOutputs is { Count: > 0 } others)
            {
                yield return $"{file.Path}: takes the output '{file.Graph.Logits.Name}' as the {(Head == HeadKind.Embedding ? "embedding" : "logits")}, and leaves out {string.Join(", ", others.Select(name => $"'{name}'"))}.";
            }

            if (MadeOfLogits != ModelOutput.Logits)
            {
                yield return $"{file.Path}: ends in {(MadeOfLogits == ModelOutput.Probabilities ? "a softmax" : "a logarithm of a softmax")}; the logits before it are taken, for which the same tokens are best.";
            }
        }
    }

    /// <summary>The inputs' values for an utterance: the audio, its length, and ones for every mask.</summary>
    public IEnumerable<(string Name, TracedValue Value)> At(int samples)
    {
        foreach (ValueInfoProto input in file.Graph.Inputs)
        {
            if (UtteranceLength.IsOne(input))
            {
                yield return (input.Name, new StaticValue(new Tensor<long>([.. input.Type.TensorType.Shape?.Dim.Select(_ => 1) ?? [1]], [samples])));
                continue;
            }

            if (input == audio && HasFeatures)
            {
                yield return (input.Name, new DynamicValue(new InputTerm(Origin(input), Operation.Features, samples, channels), Layouts.Whole(1, samples, channels)));
                continue;
            }

            int[] shape = [.. Dimensions(input).Select(_ => 1).SkipLast(1), samples];
            Tensor<int> view = Layouts.Whole(shape);
            yield return (input.Name, input == audio
                ? new DynamicValue(new InputTerm(Origin(input), Operation.Audio, samples, 1), view)
                : new StaticValue(Ones(input, shape, view.Count)));
        }
    }

    /// <summary>The term that the graph's output shows: frames by vocabulary, whole and in order.</summary>
    public OperationTerm Output(Func<string, TracedValue?> values, Settlement settlement)
    {
        string name = file.Graph.Logits.Name;
        if (values(name) is not DynamicValue { Term: not InputTerm } value)
        {
            throw new ImportException(file.Path, $"output '{name}'", "does not depend on the audio; this is no speech model");
        }

        try
        {
            traced = settlement.Notes;
            (Term logits, MadeOfLogits) = ProbabilityRules.Undone(value.Term);
            OperationTerm term = Linear(settlement.Settle(logits));
            if (IsOfTraining(term))
            {
                throw new ImportException(
                    file.Path, $"output '{name}'", "is what the training of an x-vector model compares by cosine (AM-softmax), neither classes nor the embedding before it; "
                    + "export both by name: output_names=[\"logits\", \"embeddings\"]");
            }

            Head = LogitsOutput.IsEmbedding(name) ? HeadKind.Embedding : value.View.Rank == 2 && value.View.Shape[0] == 1 && term.Rows == 1 ? HeadKind.Classes : HeadKind.Ctc;
            return Layouts.Rows(value.View, term.Columns) is { } rows && rows.Length == term.Rows && rows.Select((r, i) => r == i).All(same => same)
                ? term
                : throw new ImportException(file.Path, $"output '{name}'", "is neither [batch, frames, width] nor [batch, width]; export the logits or embeddings as they are");
        }
        catch (OperatorException error)
        {
            throw new ImportException(file.Path, error.Place ?? $"output '{name}'", error.Message, error);
        }
    }

    // An x-vector, and what a square layer makes of it.
    private static bool IsOfTraining(OperationTerm term) => term is LinearTerm { Inputs: [LinearTerm { Inputs: [StatisticsPoolTerm] } vector] } && term.Columns == vector.Columns;

    // A head may be a convolution of one tap.
    private static OperationTerm Linear(OperationTerm term) => term is ConvolutionTerm { Weights: var weights, Shape: { Kernel: 1, Stride: 1, Groups: 1, PadLeft: 0, PadRight: 0 } }
        ? new LinearTerm(term.Origin, term.Inputs[0], weights with { Stored = weights.Stored.Reshape([weights.Stored.Shape[0], term.Inputs[0].Columns]) })
        : term;

    private static Origin Origin(ValueInfoProto input) => new("", $"input '{input.Name}'", input.Name);

    private Tensor Ones(ValueInfoProto input, int[] shape, int count)
    {
        try
        {
            return Conversions.Cast(new Tensor<bool>(shape, [.. Enumerable.Repeat(true, count)]), input.Type?.TensorType?.ElemType ?? 0);
        }
        catch (OperatorException error)
        {
            throw new ImportException(file.Path, $"input '{input.Name}'", "is neither the audio (floats), its length (integers) nor a mask; export the model without it", error);
        }
    }

    private static string BatchMend(string audio, string logits) =>
        $"say in torch.onnx.export(…) that it is dynamic: dynamic_axes={{\"{audio}\": {{0: \"batch\", 1: \"samples\"}}, \"{logits}\": {{0: \"batch\", 1: \"frames\"}}}}, or with dynamo=True "
        + "dynamic_shapes=({0: torch.export.Dim(\"batch\"), 1: torch.export.Dim(\"samples\")},); or trace with torch.randn(1, 32000)";

    private static Dimension[] Dimensions(ValueInfoProto input) => input.Type?.TensorType?.Shape?.Dim is { Count: > 0 } dimensions
        ? [.. dimensions]
        : [new Dimension { DimParam = "batch" }, new Dimension { DimParam = "samples" }];
}
