using StableQuant.Calibration.Import.Tensors;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Import.Operators;

/// <summary>Conversions between the three element types that static tensors have.</summary>
internal static class Conversions
{
    /// <summary>Whether an ONNX element type is held as float32.</summary>
    public static bool IsFloat(long type) => (DataType)type is DataType.Float or DataType.Float16 or DataType.Bfloat16 or DataType.Double;

    /// <summary>Converts to an ONNX element type; floats become integers by dropping the fraction.</summary>
    public static Tensor Cast(Tensor x, long type)
    {
        if (IsFloat(type))
        {
            return x switch
            {
                Tensor<long> l => new Tensor<float>(x.Shape, [.. l.Data.Select(v => (float)v)]),
                Tensor<bool> b => new Tensor<float>(x.Shape, [.. b.Data.Select(v => v ? 1f : 0f)]),
                _ => x,
            };
        }

        return (DataType)type switch
        {
            DataType.Bool => x switch
            {
                Tensor<long> l => new Tensor<bool>(x.Shape, [.. l.Data.Select(v => v != 0)]),
                Tensor<float> f => new Tensor<bool>(x.Shape, [.. f.Data.Select(v => v != 0)]),
                _ => x,
            },
            DataType.Int64 or DataType.Int32 or DataType.Int16 or DataType.Int8 or DataType.Uint8 => x switch
            {
                Tensor<float> f => new Tensor<long>(x.Shape, [.. f.Data.Select(v => (long)v)]),
                Tensor<bool> b => new Tensor<long>(x.Shape, [.. b.Data.Select(v => v ? 1L : 0L)]),
                _ => x,
            },
            _ => throw new OperatorException($"converts to element type {type}, which is not supported"),
        };
    }

    /// <summary>Converts to the element type of another tensor.</summary>
    public static Tensor CastLike(Tensor x, Tensor like) => Cast(x, (long)(like switch
    {
        Tensor<float> => DataType.Float,
        Tensor<bool> => DataType.Bool,
        _ => DataType.Int64,
    }));
}
