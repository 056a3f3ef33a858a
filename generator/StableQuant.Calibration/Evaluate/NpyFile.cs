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

    /// <summary>Reads a network's own input, one utterance.</summary>
    /// <param name="path">The file: float32 or float64, little-endian; samples [samples] or [1, samples], or features [frames, channels] or [1, frames, channels].</param>
    /// <exception cref="StableQuantException">The file is missing, malformed, or of another type or shape.</exception>
    public static NetworkInput ReadInput(string path)
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
        (int width, long count, int channels) = Parse(path, Encoding.UTF8.GetString(header));
        if (count > Array.MaxLength / sizeof(double) || file.Length - data < count * width)
        {
            throw new StableQuantException($"{path}: has {file.Length - data} bytes of values, but its shape asks for {count} of {width} bytes: it is cut short or too long.");
        }

        byte[] bytes = new byte[count * width];
        file.ReadExactly(bytes);
        return new NetworkInput(
            width == sizeof(float) ? MemoryMarshal.Cast<byte, float>(bytes).ToArray() : Array.ConvertAll(MemoryMarshal.Cast<byte, double>(bytes).ToArray(), x => (float)x),
            channels);
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

    private static (int Width, long Count, int Channels) Parse(string path, string header)
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
        return sizes switch
        {
            [> 0] or [1, > 0] => (width, sizes[^1], 1),
            [> 1 and <= int.MaxValue, > 1 and <= int.MaxValue] or [1, > 0 and <= int.MaxValue, > 1 and <= int.MaxValue] => IsFortran().IsMatch(header)
                ? throw new StableQuantException($"{path}: is stored column by column (fortran_order); store it row by row: numpy.save(path, numpy.ascontiguousarray(x)).")
                : (width, sizes[^2] * sizes[^1], (int)sizes[^1]),
            _ => throw new StableQuantException($"{path}: has the shape ({shape}); raw input is one utterance: samples, (samples,) or (1, samples), or features, (frames, channels) or (1, frames, channels)."),
        };
    }

    [GeneratedRegex("""['"]descr['"]\s*:\s*['"]([^'"]*)['"]""")]
    private static partial Regex Descr();

    [GeneratedRegex("""['"]fortran_order['"]\s*:\s*True""")]
    private static partial Regex IsFortran();

    [GeneratedRegex("""['"]shape['"]\s*:\s*\(([^)]*)\)""")]
    private static partial Regex Shape();
}

/// <summary>One utterance as a network's first layer reads it.</summary>
/// <param name="Values">Samples, or features frame by frame.</param>
/// <param name="Channels">Values of a frame; 1 for samples.</param>
public sealed record NetworkInput(float[] Values, int Channels);
