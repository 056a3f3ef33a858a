using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace StableQuant.Calibration.Evaluate;

/// <summary>Floats in and out of ONNX Runtime, whatever precision a model has.</summary>
internal static class OnnxFloats
{
    /// <summary>A tensor of some floats, rounded to a type.</summary>
    public static OrtValue Tensor(float[] values, TensorElementType type, long[] shape) => type switch
    {
        TensorElementType.Float16 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, v => (Float16)v), shape),
        TensorElementType.BFloat16 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, v => (BFloat16)v), shape),
        TensorElementType.Double => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, v => (double)v), shape),
        _ => OrtValue.CreateTensorValueFromMemory(values, shape),
    };

    /// <summary>The elements of a tensor of floats.</summary>
    public static ReadOnlySpan<float> Of(OrtValue tensor) => tensor.GetTensorTypeAndShape().ElementDataType switch
    {
        TensorElementType.Float16 => Converted<Float16>(tensor, v => (float)v),
        TensorElementType.BFloat16 => Converted<BFloat16>(tensor, v => (float)v),
        TensorElementType.Double => Converted<double>(tensor, v => (float)v),
        _ => tensor.GetTensorDataAsSpan<float>(),
    };

    private static float[] Converted<T>(OrtValue tensor, Converter<T, float> convert)
        where T : unmanaged => Array.ConvertAll(tensor.GetTensorDataAsSpan<T>().ToArray(), convert);
}
