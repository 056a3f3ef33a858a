using System.Runtime.InteropServices;
using Google.Protobuf;
using StableQuant.Calibration.Import.Onnx;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Benchmarks.Models;

/// <summary>The constant operand of a product as ONNX Runtime's quantizers store it: s8, symmetric, a scale for each output channel.</summary>
/// <param name="Values">The integers, in the shape of the float weights.</param>
/// <param name="Scales">[channels].</param>
/// <param name="ZeroPoints">[channels], all 0.</param>
internal sealed record PeerWeights(TensorProto Values, TensorProto Scales, TensorProto ZeroPoints)
{
    /// <summary>Quantizes weights.</summary>
    /// <param name="weights">The float32 tensor.</param>
    /// <param name="axis">Its axis of output channels.</param>
    public static PeerWeights Of(TensorProto weights, int axis)
    {
        ReadOnlySpan<float> values = FloatsOf(weights);
        int channels = (int)weights.Dims[axis];
        int inner = (int)weights.Dims.Skip(axis + 1).Aggregate(1L, (product, d) => product * d);
        var scales = new float[channels];
        for (int i = 0; i < values.Length; i++)
        {
            ref float scale = ref scales[i / inner % channels];
            scale = Math.Max(scale, Math.Abs(values[i]) / 127);
        }

        var integers = new sbyte[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            float scale = scales[i / inner % channels];
            integers[i] = scale == 0 ? (sbyte)0 : (sbyte)MathF.Round(values[i] / scale);
        }

        return new PeerWeights(
            Tensor(weights.Name + "_quantized", DataType.Int8, integers, [.. weights.Dims]),
            Tensor(weights.Name + "_scale", DataType.Float, scales, channels),
            Tensor(weights.Name + "_zero_point", DataType.Int8, new sbyte[channels], channels));
    }

    /// <summary>The values of a float32 tensor.</summary>
    public static ReadOnlySpan<float> FloatsOf(TensorProto tensor) =>
        tensor.HasRawData ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span) : tensor.FloatData.ToArray();

    /// <summary>A stored tensor.</summary>
    public static TensorProto Tensor<T>(string name, DataType type, T[] values, params long[] dimensions)
        where T : unmanaged
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())) };
        tensor.Dims.Add(dimensions);
        return tensor;
    }
}
