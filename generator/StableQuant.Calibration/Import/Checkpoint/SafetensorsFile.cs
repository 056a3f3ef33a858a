using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>
/// A safetensors file: a header in JSON, then the tensors' bytes. It is kept open, and its tensors are read one by one when they are asked
/// for: not through a mapping, as a file that is cut short meanwhile would end the program there.
/// </summary>
internal sealed class SafetensorsFile
{
    // Elements that are read at a time.
    private const int Chunk = 1 << 22;

    private readonly SafeFileHandle handle;

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        Path = path;
        this.handle = handle;
    }

    /// <summary>The file, for messages.</summary>
    public string Path { get; }

    /// <summary>The file's length.</summary>
    public long Bytes { get; private set; }

    /// <summary>The tensors by their names.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; private set; } = new Dictionary<string, StoredTensor>();

    /// <summary>Names of tensors that were left out because they are the same as others: the other's name.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get; private set; } = new Dictionary<string, string>();

    /// <summary>Opens a file and reads its header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="shown">The file as messages name it.</param>
    /// <exception cref="ImportException">The file cannot be read, or its header is damaged or hostile.</exception>
    public static SafetensorsFile Open(string path, string shown)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path);
            var file = new SafetensorsFile(shown, handle);
            file.Bytes = RandomAccess.GetLength(handle);
            var header = SafetensorsHeader.Parse(file, file.ReadHeader(), file.Bytes);
            file.Tensors = header.Tensors;
            file.Aliases = header.Metadata;
            handle = null;
            return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImportException(shown, null, $"cannot be read: {error.Message}", error);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    private byte[] ReadHeader()
    {
        Span<byte> size = stackalloc byte[sizeof(ulong)];
        if (Bytes < size.Length)
        {
            throw new ImportException(Path, null, $"has {Bytes} bytes, too few for a safetensors file; copy or download it again");
        }

        ReadExactly(size, 0);
        ulong bytes = MemoryMarshal.Read<ulong>(size);
        if (bytes > SafetensorsHeader.MaxBytes || (long)bytes > Bytes - size.Length)
        {
            throw new ImportException(Path, null, $"says that its header has {bytes} bytes, but the file has {Bytes} and a header at most {SafetensorsHeader.MaxBytes}: it is no safetensors file, or cut short (a pointer of Git LFS in its place?); copy or download it again");
        }

        byte[] header = new byte[bytes];
        ReadExactly(header, size.Length);
        return header;
    }

    /// <summary>Reads a tensor of floats.</summary>
    public float[] Read(StoredTensor tensor)
    {
        int width = tensor.Type == "F32" ? sizeof(float) : sizeof(ushort);
        var values = new float[tensor.Bytes / width];
        byte[] buffer = width == sizeof(float) ? [] : new byte[Math.Min(values.Length, Chunk) * width];
        for (int start = 0; start < values.Length; start += Chunk)
        {
            Span<float> part = values.AsSpan(start, Math.Min(Chunk, values.Length - start));
            Span<byte> bytes = width == sizeof(float) ? MemoryMarshal.AsBytes(part) : buffer.AsSpan(0, part.Length * width);
            ReadExactly(bytes, tensor.Offset + ((long)start * width));
            if (tensor.Type == "F16")
            {
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), part);
            }
            else if (tensor.Type == "BF16")
            {
                Widen(MemoryMarshal.Cast<byte, ushort>(bytes), part);
            }
        }

        return values;
    }

    // A bfloat16 is the upper half of a float.
    private static void Widen(ReadOnlySpan<ushort> halves, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
        }
    }

    private void ReadExactly(Span<byte> bytes, long offset)
    {
        try
        {
            while (bytes.Length > 0)
            {
                int read = RandomAccess.Read(handle, bytes, offset);
                offset += read;
                bytes = bytes[(read > 0 ? read : throw new ImportException(Path, null, "was cut short while it was read"))..];
            }
        }
        catch (IOException error)
        {
            throw new ImportException(Path, null, $"cannot be read: {error.Message}", error);
        }
    }
}
