using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace StableQuant.Calibration.Evaluate;

/// <summary>Arrays in NumPy's format: a header that is a Python dictionary, then the elements.</summary>
public static partial class NpyFile
{
    private const int MaxHeaderBytes = 1 << 16;

    // What comes before the elements is a multiple of this.
    private const int Alignment = 64;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads one row of floats.</summary>
    /// <param name="path">The file: float32 or float64, little-endian, of the shape [samples] or [1, samples].</param>
    /// <exception cref="StableQuantException">The file is missing, malformed, or of another type or shape.</exception>
    public static float[] ReadRow(string path)
    {
        if (!File.Exists(path))
        {
            throw new StableQuantException(Directory.Exists(path) ? $"{path}: is a folder; name an .npy file." : $"{path}: there is no such file.");
        }

        using FileStream file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[12];
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (read < start.Length || !start.StartsWith(Magic) || start[6] is not (1 or 2 or 3))
        {
            throw new StableQuantException($"{path}: is no .npy file of version 1, 2 or 3; write it with numpy.save.");
        }

        bool isShort = start[6] == 1;
        uint length = isShort ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        long data = (isShort ? 10 : 12) + (long)length;
        if (length > MaxHeaderBytes || data > file.Length)
        {
            throw new StableQuantException($"{path}: its header has {length} bytes, more than the file or any header; write it again with numpy.save.");
        }

        byte[] header = new byte[length];
        file.Position = data - length;
        file.ReadExactly(header);
        (int width, long count) = Parse(path, Encoding.UTF8.GetString(header));
        if (count > Array.MaxLength / sizeof(double) || file.Length - data < count * width)
        {
            throw new StableQuantException($"{path}: has {file.Length - data} bytes of samples, but its shape asks for {count} of {width} bytes: it is cut short or too long.");
        }

        byte[] bytes = new byte[count * width];
        file.ReadExactly(bytes);
        return width == sizeof(float)
            ? MemoryMarshal.Cast<byte, float>(bytes).ToArray()
            : Array.ConvertAll(MemoryMarshal.Cast<byte, double>(bytes).ToArray(), x => (float)x);
    }

    /// <summary>Writes a matrix of float32.</summary>
    /// <param name="path">The file.</param>
    /// <param name="values">Row by row.</param>
    /// <param name="columns">Length of a row.</param>
    public static void Write(string path, ReadOnlySpan<float> values, int columns)
    {
        string header = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({values.Length / columns}, {columns}), }}");
        int before = Magic.Length + 4;
        int length = ((before + header.Length + 1 + Alignment - 1) / Alignment * Alignment) - before;
        using FileStream file = File.Create(path);
        file.Write(Magic);
        file.Write([1, 0, (byte)length, (byte)(length >> 8)]);
        file.Write(Encoding.ASCII.GetBytes(header.PadRight(length - 1) + "\n"));
        file.Write(MemoryMarshal.AsBytes(values));
    }

    private static (int Width, long Count) Parse(string path, string header)
    {
        string type = Descr().Match(header).Groups[1].Value;
        int width = type switch
        {
            "<f4" => sizeof(float),
            "<f8" => sizeof(double),
            _ => throw new StableQuantException($"{path}: holds '{type}'; raw input is float32 or float64, little-endian: numpy.save(path, x.astype('<f4'))."),
        };
        string shape = Shape().Match(header).Groups[1].Value;
        long[] sizes = [.. shape.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size : -1)];

        // One row has the same order in C and in Fortran.
        return sizes is [> 0] or [1, > 0]
            ? (width, sizes[^1])
            : throw new StableQuantException($"{path}: has the shape ({shape}); raw input is one utterance, (samples,) or (1, samples).");
    }

    [GeneratedRegex("""['"]descr['"]\s*:\s*['"]([^'"]*)['"]""")]
    private static partial Regex Descr();

    [GeneratedRegex("""['"]shape['"]\s*:\s*\(([^)]*)\)""")]
    private static partial Regex Shape();
}
