using System.Buffers.Binary;
using System.Runtime.InteropServices;
using StableQuant.Calibration.Import.Tensors;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Import.Onnx;

/// <summary>
/// Turns stored tensors into concrete ones: floating-point types become float32, integers int64. The number of
/// elements must match the dimensions exactly, however they are stored.
/// </summary>
internal sealed class TensorDecoder(ExternalData external)
{
    /// <summary>Reads a stored tensor.</summary>
    public Tensor Decode(TensorProto proto)
    {
        int[] shape = TensorShape.FromDimensions(proto.Dims.ToArray());
        int count = TensorShape.Count(shape);
        DataType type = (DataType)proto.DataType;
        int size = ElementSize(type);
        if (proto.DataLocation == TensorProto.Types.DataLocation.External)
        {
            return FromBytes(type, shape, external.Read(proto.ExternalData, (long)count * size));
        }

        if (proto.HasRawData && (proto.RawData.Length > 0 || count == 0))
        {
            return proto.RawData.Length == (long)count * size
                ? FromBytes(type, shape, proto.RawData.Span)
                : throw new OperatorException($"holds {proto.RawData.Length} bytes, but its shape {TensorShape.Text(shape)} asks for {(long)count * size}; export the model again");
        }

        return FromFields(proto, type, shape, count);
    }

    /// <summary>The stored bytes of a tensor whose data lie outside the model's file.</summary>
    public byte[] ExternalBytes(TensorProto proto) => external.Read(proto.ExternalData, BytesOf(proto));

    /// <summary>Bytes that a tensor's shape and type ask for.</summary>
    public static long BytesOf(TensorProto proto) =>
        (long)TensorShape.Count(TensorShape.FromDimensions(proto.Dims.ToArray())) * ElementSize((DataType)proto.DataType);

    private static int ElementSize(DataType type) => type switch
    {
        DataType.Uint8 or DataType.Int8 or DataType.Bool => 1,
        DataType.Uint16 or DataType.Int16 or DataType.Float16 or DataType.Bfloat16 => 2,
        DataType.Float or DataType.Int32 or DataType.Uint32 => 4,
        DataType.Int64 or DataType.Uint64 or DataType.Double => 8,
        _ => throw new OperatorException($"is of element type {(int)type}, which is not supported; export the model in float32"),
    };

    private static Tensor FromBytes(DataType type, int[] shape, ReadOnlySpan<byte> bytes) => type switch
    {
        DataType.Float => Map(shape, bytes, 4, b => BinaryPrimitives.ReadSingleLittleEndian(b)),
        DataType.Double => Map(shape, bytes, 8, b => (float)BinaryPrimitives.ReadDoubleLittleEndian(b)),
        DataType.Float16 => Map(shape, bytes, 2, b => (float)BinaryPrimitives.ReadHalfLittleEndian(b)),
        DataType.Bfloat16 => Map(shape, bytes, 2, b => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(b) << 16)),
        DataType.Bool => Map(shape, bytes, 1, b => b[0] != 0),
        DataType.Uint8 => Map(shape, bytes, 1, b => (long)b[0]),
        DataType.Int8 => Map(shape, bytes, 1, b => (long)(sbyte)b[0]),
        DataType.Uint16 => Map(shape, bytes, 2, b => (long)BinaryPrimitives.ReadUInt16LittleEndian(b)),
        DataType.Int16 => Map(shape, bytes, 2, b => (long)BinaryPrimitives.ReadInt16LittleEndian(b)),
        DataType.Uint32 => Map(shape, bytes, 4, b => (long)BinaryPrimitives.ReadUInt32LittleEndian(b)),
        DataType.Int32 => Map(shape, bytes, 4, b => (long)BinaryPrimitives.ReadInt32LittleEndian(b)),
        DataType.Uint64 => Map(shape, bytes, 8, b => checked((long)BinaryPrimitives.ReadUInt64LittleEndian(b))),
        _ => Map(shape, bytes, 8, b => BinaryPrimitives.ReadInt64LittleEndian(b)),
    };

    private static Tensor FromFields(TensorProto proto, DataType type, int[] shape, int count)
    {
        switch (type)
        {
            case DataType.Float:
                Check(proto.FloatData.Count);
                return new Tensor<float>(shape, [.. proto.FloatData]);
            case DataType.Double:
                Check(proto.DoubleData.Count);
                return new Tensor<float>(shape, [.. proto.DoubleData.Select(d => (float)d)]);
            case DataType.Int64:
                Check(proto.Int64Data.Count);
                return new Tensor<long>(shape, [.. proto.Int64Data]);
            case DataType.Uint64 or DataType.Uint32:
                Check(proto.Uint64Data.Count);
                return new Tensor<long>(shape, [.. proto.Uint64Data.Select(u => checked((long)u))]);
            case DataType.Bool:
                Check(proto.Int32Data.Count);
                return new Tensor<bool>(shape, [.. proto.Int32Data.Select(i => i != 0)]);
            case DataType.Float16:
                Check(proto.Int32Data.Count);
                return new Tensor<float>(shape, [.. proto.Int32Data.Select(i => (float)BitConverter.Int16BitsToHalf((short)i))]);
            case DataType.Bfloat16:
                Check(proto.Int32Data.Count);
                return new Tensor<float>(shape, [.. proto.Int32Data.Select(i => BitConverter.Int32BitsToSingle(i << 16))]);
            default:
                Check(proto.Int32Data.Count);
                return new Tensor<long>(shape, [.. proto.Int32Data.Select(i => (long)i)]);
        }

        void Check(int stored)
        {
            if (stored == 0 && count > 0)
            {
                throw new OperatorException($"holds no data for its shape {TensorShape.Text(shape)}: its weights were removed, so the model is a skeleton; fill it, or export the model again");
            }

            if (stored != count)
            {
                throw new OperatorException($"holds {stored} elements, but its shape {TensorShape.Text(shape)} asks for {count}; export the model again");
            }
        }
    }

    private delegate T ElementReader<T>(ReadOnlySpan<byte> bytes);

    private static Tensor<T> Map<T>(int[] shape, ReadOnlySpan<byte> bytes, int size, ElementReader<T> read)
        where T : unmanaged
    {
        T[] data = new T[bytes.Length / size];
        if (typeof(T) == typeof(float) && size == sizeof(float) && BitConverter.IsLittleEndian)
        {
            // The weights: one copy instead of hundreds of millions of calls.
            bytes.CopyTo(MemoryMarshal.AsBytes(data.AsSpan()));
            return new(shape, data);
        }

        for (int i = 0; i < data.Length; i++)
        {
            data[i] = read(bytes.Slice(i * size, size));
        }

        return new(shape, data);
    }
}
