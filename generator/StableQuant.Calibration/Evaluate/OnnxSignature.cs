using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Calibration.Evaluate;

/// <summary>The inputs and the output of an ONNX speech model, found by their types and ranks.</summary>
/// <param name="Audio">The input that takes the samples.</param>
/// <param name="FixedSamples">The number of samples that it is fixed to; null if any will do.</param>
/// <param name="Masks">Other inputs [batch, samples], to be fed ones.</param>
/// <param name="Logits">The output.</param>
internal sealed record OnnxSignature(string Audio, int? FixedSamples, IReadOnlyList<(string Name, TensorElementType Type)> Masks, string Logits)
{
    public static OnnxSignature Of(InferenceSession session, int vocabularySize, string path)
    {
        var audio = new List<string>();
        var masks = new List<(string, TensorElementType)>();
        foreach ((string name, NodeMetadata input) in session.InputMetadata)
        {
            bool isUtterance = input.IsTensor && input.Dimensions.Length == 2;
            if (isUtterance && input.ElementDataType == TensorElementType.Float && !AttentionMask.IsNameOfOne(name))
            {
                audio.Add(name);
            }
            else if (isUtterance && input.ElementDataType is TensorElementType.Int64 or TensorElementType.Int32 or TensorElementType.Bool or TensorElementType.Float)
            {
                masks.Add((name, input.ElementDataType));
            }
            else
            {
                throw new StableQuantException($"{path}: cannot feed the input {name}, {Describe(input)}; a speech model takes float [batch, samples] and at most masks of that shape.");
            }
        }

        if (audio.Count != 1)
        {
            throw new StableQuantException($"{path}: a speech model has one input float [batch, samples], but this one has {audio.Count}.");
        }

        // A dimension that is not fixed is −1.
        int samples = session.InputMetadata[audio[0]].Dimensions[1];
        return new OnnxSignature(audio[0], samples > 0 ? samples : null, masks, FindLogits(session, vocabularySize, path));
    }

    private static string FindLogits(InferenceSession session, int vocabularySize, string path)
    {
        string[] candidates = [.. session.OutputMetadata
            .Where(o => o.Value.IsTensor && o.Value.ElementDataType == TensorElementType.Float && o.Value.Dimensions is [_, _, int width]
                && (width == vocabularySize || width < 0))
            .Select(o => o.Key)];
        if (candidates.Length == 0)
        {
            string outputs = string.Join(", ", session.OutputMetadata.Select(o => $"{o.Key} {Describe(o.Value)}"));
            throw new StableQuantException($"{path}: no output looks like logits, float [batch, frames, {vocabularySize} tokens of the vocabulary]; there is {outputs}. Name the vocabulary that belongs to the model.");
        }

        return candidates.Contains("logits") ? "logits" : candidates[0];
    }

    private static string Describe(NodeMetadata value) =>
        value.IsTensor
            ? $"{value.ElementDataType} [{string.Join(", ", value.Dimensions.Select((d, i) => d >= 0 ? $"{d}" : value.SymbolicDimensions[i] is { Length: > 0 } s ? s : "?"))}]"
            : "which is no tensor";
}
