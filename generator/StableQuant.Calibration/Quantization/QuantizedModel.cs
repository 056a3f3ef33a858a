using StableQuant.Graph;
using StableQuant.Graph.Text;

namespace StableQuant.Calibration.Quantization;

/// <summary>A quantized model before it is written.</summary>
/// <param name="Description">The description.</param>
/// <param name="Weights">The bytes of its weights file.</param>
public sealed record QuantizedModel(ModelDescription Description, byte[] Weights)
{
    /// <summary>The text of the description, made when it is asked for.</summary>
    public string Text => DescriptionWriter.Write(Description);
}
