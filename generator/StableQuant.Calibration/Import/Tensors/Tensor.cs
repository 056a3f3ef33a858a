using System.Runtime.InteropServices;

namespace StableQuant.Calibration.Import.Tensors;

/// <summary>
/// A concrete tensor, row-major, never changed once made. Element types: <see cref="float"/> for every floating-point
/// type, <see cref="long"/> for every integer type, <see cref="bool"/>; and <see cref="int"/> for views only, which say
/// where each element lies in another value: −1 stands for a zero that padding put in.
/// </summary>
internal abstract class Tensor(int[] shape)
{
    /// <summary>The dimensions.</summary>
    public int[] Shape { get; } = shape;

    /// <summary>Number of dimensions.</summary>
    public int Rank => Shape.Length;

    /// <summary>Number of elements.</summary>
    public int Count { get; } = TensorShape.Count(shape);

    /// <summary>The same elements in another shape.</summary>
    public abstract Tensor Reshape(int[] shape);

    /// <summary>A tensor of the elements at these flat indices; an index of −1 gives zero.</summary>
    public abstract Tensor Take(int[] indices, int[] shape);

    /// <summary>All elements of this tensor and then of the others, which have its element type, as one dimension.</summary>
    public abstract Tensor Append(IReadOnlyList<Tensor> others);

    /// <summary>The elements as <typeparamref name="T"/>, or a clear error.</summary>
    public T[] As<T>() where T : unmanaged =>
        this is Tensor<T> typed ? typed.Data
        : throw new OperatorException($"an operand is of type {ElementName}, not {Tensor<T>.Name}");

    /// <summary>The element type as ONNX calls it.</summary>
    public abstract string ElementName { get; }

    /// <summary>A tensor without dimensions.</summary>
    public static Tensor<T> Scalar<T>(T value) where T : unmanaged => new([], [value]);

    /// <summary>A tensor of one dimension.</summary>
    public static Tensor<T> Vector<T>(params T[] values) where T : unmanaged => new([values.Length], values);
}

/// <inheritdoc/>
internal sealed class Tensor<T> : Tensor
    where T : unmanaged
{
    private static readonly T Missing = typeof(T) == typeof(int) ? (T)(object)-1 : default;

    /// <summary>Takes the elements over; they must match the shape.</summary>
    public Tensor(int[] shape, T[] data)
        : base(shape)
    {
        if (data.Length != Count)
        {
            throw new OperatorException($"{data.Length} elements do not fill the shape {TensorShape.Text(shape)}");
        }

        Data = data;
    }

    /// <summary>The element type as ONNX calls it.</summary>
    public static string Name => typeof(T) == typeof(float) ? "float" : typeof(T) == typeof(long) ? "int64" : typeof(T) == typeof(bool) ? "bool" : "view";

    /// <summary>The elements.</summary>
    public T[] Data { get; }

    /// <inheritdoc/>
    public override string ElementName => Name;

    /// <inheritdoc/>
    public override Tensor<T> Reshape(int[] shape) => shape.AsSpan().SequenceEqual(Shape) ? this : new(shape, Data);

    /// <inheritdoc/>
    public override Tensor<T> Take(int[] indices, int[] shape)
    {
        T[] data = new T[indices.Length];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = indices[i] < 0 ? Missing : Data[indices[i]];
        }

        return new(shape, data);
    }

    /// <inheritdoc/>
    public override Tensor<T> Append(IReadOnlyList<Tensor> others)
    {
        List<T> all = new(Data);
        foreach (Tensor other in others)
        {
            CollectionExtensions.AddRange(all, other.As<T>());
        }

        return new([all.Count], CollectionsMarshal.AsSpan(all).ToArray());
    }
}
