using StableQuant.Calibration.Evaluate;

namespace StableQuant.Calibration.Calibrate;

/// <summary>A part of a model that was quantized alone, all else in float, and how far the model then is from float.</summary>
/// <param name="Layer">The layer; null for all layers together.</param>
/// <param name="Operand">Which of its operands; null for all.</param>
/// <param name="Differing">Words that differ from those of the float model.</param>
/// <param name="Divergence">Kullback–Leibler divergence of the token probabilities from the float model's, nats a frame.</param>
public sealed record AttributedPart(string? Layer, OperandKind? Operand, ErrorRate Differing, double Divergence)
{
    /// <summary>The operand in words: <c>inputs of convolutions</c>.</summary>
    public string OperandWords => Operand switch
    {
        null => "all operands",
        OperandKind.Weights => "weights",
        OperandKind.ConvolutionInputs => "inputs of convolutions",
        OperandKind.DepthwiseInputs => "inputs of depthwise convolutions",
        OperandKind.LinearInputs => "inputs of linear layers",
        OperandKind.QueriesAndKeys => "queries and keys",
        OperandKind.Values => "values",
        _ => "probabilities",
    };
}

/// <summary>The operands of integer products, by the role that they have in them.</summary>
public enum OperandKind
{
    /// <summary>Weights of convolutions and linear layers.</summary>
    Weights,

    /// <summary>Inputs of convolutions that mix channels, but for the audio, which is exact.</summary>
    ConvolutionInputs,

    /// <summary>Inputs of depthwise convolutions.</summary>
    DepthwiseInputs,

    /// <summary>Inputs of linear layers.</summary>
    LinearInputs,

    /// <summary>Queries and keys of attentions.</summary>
    QueriesAndKeys,

    /// <summary>Values of attentions.</summary>
    Values,

    /// <summary>Probabilities of attentions.</summary>
    Probabilities,
}
