using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StableQuant.Calibration.Import.Onnx;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Evaluate;

/// <summary>The inputs and the output of an ONNX speech model, found by their types, ranks and names.</summary>
/// <param name="Audio">The input that takes the samples, or features.</param>
/// <param name="AudioType">Their type: float32, float64, or half precision of either kind.</param>
/// <param name="Channels">Features of a frame, which then counts as a sample in what follows; null where it takes samples.</param>
/// <param name="FixedSamples">The number of samples that it is fixed to; null if any will do.</param>
/// <param name="Masks">Other inputs [batch, samples], to be fed ones.</param>
/// <param name="Lengths">Other inputs, with their ranks, to be fed the number of samples.</param>
/// <param name="Logits">The output.</param>
internal sealed record OnnxSignature(
    string Audio,
    TensorElementType AudioType,
    int? Channels,
    int? FixedSamples,
    IReadOnlyList<(string Name, TensorElementType Type)> Masks,
    IReadOnlyList<(string Name, TensorElementType Type, int Rank)> Lengths,
    string Logits)
{
    public static OnnxSignature Of(InferenceSession session, int vocabularySize, string path)
    {
        var audio = new List<string>();
        var masks = new List<(string, TensorElementType)>();
        var lengths = new List<(string, TensorElementType, int)>();
        foreach ((string name, NodeMetadata input) in session.InputMetadata)
        {
            bool isUtterance = input.IsTensor && input.Dimensions.Length == 2;
            bool areFeatures = input.IsTensor && input.Dimensions is [_, not 1, > 1];
            if ((isUtterance || areFeatures) && IsFloat(input.ElementDataType) && !AttentionMask.IsNameOfOne(name))
            {
                audio.Add(name);
            }
            else if (input.IsTensor && input.ElementDataType is TensorElementType.Int64 or TensorElementType.Int32 && UtteranceLength.IsNameOfOne(name))
            {
                lengths.Add((name, input.ElementDataType, input.Dimensions.Length));
            }
            else if (isUtterance && input.ElementDataType is TensorElementType.Int64 or TensorElementType.Int32 or TensorElementType.Bool or TensorElementType.Float or TensorElementType.Float16)
            {
                masks.Add((name, input.ElementDataType));
            }
            else
            {
                throw new StableQuantException($"{path}: cannot feed the input {name}, {Describe(input)}; a speech model takes float [batch, samples] or [batch, frames, features], and beside it masks [batch, samples] and lengths.");
            }
        }

        if (audio.Count != 1)
        {
            throw new StableQuantException($"{path}: a speech model has one input float [batch, samples] or [batch, frames, features], but this one has {audio.Count}.");
        }

        // A dimension that is not fixed is −1.
        NodeMetadata samples = session.InputMetadata[audio[0]];
        return new OnnxSignature(
            audio[0], samples.ElementDataType, samples.Dimensions.Length > 2 ? samples.Dimensions[2] : null, samples.Dimensions[1] > 0 ? samples.Dimensions[1] : null, masks, lengths, FindLogits(session, vocabularySize, path));
    }

    private static string FindLogits(InferenceSession session, int vocabularySize, string path)
    {
        (string Name, DataType Type, IReadOnlyList<long> Shape)[] outputs =
            [.. session.OutputMetadata.Where(o => o.Value.IsTensor && o.Value.Dimensions.Length == 3).Select(o => (o.Key, (DataType)o.Value.ElementDataType, (IReadOnlyList<long>)[.. o.Value.Dimensions.Select(d => (long)d)]))];
        int chosen = LogitsOutput.Choose(outputs, vocabularySize);
        if (chosen < 0)
        {
            string all = string.Join(", ", session.OutputMetadata.Select(o => $"{o.Key} {Describe(o.Value)}"));
            throw new StableQuantException($"{path}: no output looks like logits, float [batch, frames, {vocabularySize} tokens of the vocabulary]; there is {all}. Name the vocabulary that belongs to the model.");
        }

        return outputs[chosen].Name;
    }

    private static bool IsFloat(TensorElementType type) => type is TensorElementType.Float or TensorElementType.Float16 or TensorElementType.BFloat16 or TensorElementType.Double;

    private static string Describe(NodeMetadata value) =>
        value.IsTensor
            ? $"{value.ElementDataType} [{string.Join(", ", value.Dimensions.Select((d, i) => d >= 0 ? $"{d}" : value.SymbolicDimensions[i] is { Length: > 0 } s ? s : "?"))}]"
            : "which is no tensor";
}
