using Google.Protobuf;

namespace StableQuant.Calibration.Import.Onnx;

/// <summary>Reads what a file declares of its outputs, and skips all else: weights may be gigabytes.</summary>
internal static class OnnxOutputs
{
    private const int GraphField = 7;
    private const int OutputField = 12;
    private const long MaxDeclaration = 1 << 20;

    /// <summary>The outputs; none where the file is no complete ONNX file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<ValueInfoProto> Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        var outputs = new List<ValueInfoProto>();
        try
        {
            Fields(file, file.Length, (field, bytes) =>
            {
                if (field == GraphField)
                {
                    Fields(file, file.Position + bytes, (inner, length) =>
                    {
                        if (inner == OutputField && length <= MaxDeclaration)
                        {
                            var declaration = new byte[length];
                            file.ReadExactly(declaration);
                            outputs.Add(ValueInfoProto.Parser.ParseFrom(declaration));
                        }
                    });
                }
            });
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or EndOfStreamException)
        {
            return [];
        }

        return outputs;
    }

    // Goes through the fields of a message that ends at a place of the file; what the visitor leaves of one is skipped.
    private static void Fields(FileStream file, long end, Action<int, long> visit)
    {
        while (file.Position < end)
        {
            ulong tag = Varint(file);
            long bytes = (tag & 7) switch
            {
                0 => (long)(Varint(file) & 0),
                1 => 8,
                2 => (long)Math.Min(Varint(file), long.MaxValue),
                5 => 4,
                _ => throw new EndOfStreamException(),
            };
            if (bytes > end - file.Position)
            {
                throw new EndOfStreamException();
            }

            long next = file.Position + bytes;
            if ((tag & 7) == 2)
            {
                visit((int)(tag >> 3), bytes);
            }

            file.Position = next;
        }
    }

    private static ulong Varint(FileStream file)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int next = file.ReadByte();
            if (next < 0)
            {
                break;
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new EndOfStreamException();
    }
}
