using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace StableQuant.Calibration.Export;

/// <summary>Floats outside of the managed heap, which ONNX Runtime reads where they lie; given back at once, and not when a collection comes.</summary>
internal sealed unsafe class NativeTensor : IDisposable
{
    // What any vector instruction wants.
    private const int Alignment = 64;

    private readonly int count;
    private float* memory;

    /// <summary>Takes memory for a shape; its content is whatever was there.</summary>
    public NativeTensor(params long[] shape)
    {
        count = checked((int)shape.Aggregate(1L, (product, size) => checked(product * size)));
        long bytes = (long)count * sizeof(float);
        memory = (float*)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        Shape = shape;
        Value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, TensorElementType.Float, shape, (nint)memory, bytes);
    }

    /// <summary>The dimensions.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The same memory as ONNX Runtime takes it; it lives as long as this.</summary>
    public OrtValue Value { get; }

    /// <summary>The elements.</summary>
    public Span<float> Elements => memory is null ? throw new ObjectDisposedException(nameof(NativeTensor)) : new(memory, count);

    /// <summary>Gives the memory back; no session may be using it.</summary>
    public void Dispose()
    {
        if (memory is not null)
        {
            Value.Dispose();
            NativeMemory.AlignedFree(memory);
            memory = null;
        }
    }
}
