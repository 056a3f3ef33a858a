using System.Buffers.Binary;

namespace StableQuant.Decoding.NGrams;

/// <summary>
/// The binary form of an n-gram model, version 1, little endian: a header of 64 bytes, then arrays without gaps.
/// <list type="table">
/// <item><term>words + 1 int32</term><description>where each word's UTF-8 begins; words are in the order of their bytes</description></item>
/// <item><term>nodes int32</term><description>the last word of each n-gram</description></item>
/// <item><term>nodes float32</term><description>ln P(last word | the words before)</description></item>
/// <item><term>nodes int32</term><description>the suffix: the longest n-gram that is there of those that lack its first words</description></item>
/// <item><term>inner float32</term><description>ln of the back-off weight</description></item>
/// <item><term>inner + 1 int32</term><description>the first of the n-grams that are one word longer</description></item>
/// <item><term>UTF-8</term><description>the words</description></item>
/// </list>
/// Node 0 is the empty n-gram. Behind it come n-grams of one word, of two, and so on, sorted by their words: so what one n-gram goes on
/// with lies together, sorted by the last word. Inner nodes are those of fewer words than the order.
/// </summary>
internal readonly record struct NGramLayout(int Order, int Words, int Nodes, int Inner, int TextBytes)
{
    public const int HeaderLength = 64;
    public const int MaxOrder = 6;
    private const int Version = 1;
    private const int ChecksumAt = 32;
    private const int ReservedAt = 40;

    /// <summary>The first bytes of a file.</summary>
    public static ReadOnlySpan<byte> Magic => "SQNGRAM\n"u8;

    public const long WordStarts = HeaderLength;

    public long LastWords => WordStarts + (4L * (Words + 1));

    public long Probabilities => LastWords + (4L * Nodes);

    public long Suffixes => Probabilities + (4L * Nodes);

    public long BackOffs => Suffixes + (4L * Nodes);

    public long FirstChildren => BackOffs + (4L * Inner);

    public long Text => FirstChildren + (4L * (Inner + 1));

    /// <summary>Length of the file.</summary>
    public long Length => Text + TextBytes;

    /// <summary>Writes the header.</summary>
    public void Write(Span<byte> header, ulong checksum)
    {
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], Order);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], Words);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], Nodes);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], Inner);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], TextBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header[ChecksumAt..], checksum);
    }

    /// <summary>Reads a header.</summary>
    /// <exception cref="InvalidDataException">It is no header of this version, or the file's length is not what it says.</exception>
    public static NGramLayout Read(string name, ReadOnlySpan<byte> header, long length, out ulong checksum)
    {
        if (header.Length < HeaderLength || !header.StartsWith(Magic))
        {
            throw new InvalidDataException($"{name}: no compiled n-gram model.");
        }

        int version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (version != Version)
        {
            throw new InvalidDataException($"{name}: a compiled n-gram model of version {version}; this library reads version {Version}. Compile it anew from the ARPA file.");
        }

        checksum = BinaryPrimitives.ReadUInt64LittleEndian(header[ChecksumAt..]);
        var layout = new NGramLayout(
            BinaryPrimitives.ReadInt32LittleEndian(header[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[20..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[28..]));
        bool isPossible = layout is { Order: >= 1 and <= MaxOrder, Words: >= 1, TextBytes: >= 0, Inner: >= 1 }
            && layout.Nodes > layout.Words && layout.Inner <= layout.Nodes && layout.Length == length
            && !header[ReservedAt..HeaderLength].ContainsAnyExcept((byte)0);
        return isPossible ? layout : throw new InvalidDataException($"{name}: the file is cut off or damaged; compile it anew from the ARPA file.");
    }

    /// <summary>A checksum that finds damage, not malice: each 4 bytes are mixed in by a multiplication.</summary>
    /// <param name="checksum">That of what comes before; 0 at first.</param>
    /// <param name="data">What follows; a multiple of 4 bytes, except at the end.</param>
    public static ulong Checksum(ulong checksum, ReadOnlySpan<byte> data)
    {
        for (; data.Length >= 4; data = data[4..])
        {
            checksum = Mix(checksum, BinaryPrimitives.ReadUInt32LittleEndian(data));
        }

        foreach (byte rest in data)
        {
            checksum = Mix(checksum, rest);
        }

        return checksum;
    }

    private static ulong Mix(ulong checksum, ulong value) => System.Numerics.BitOperations.RotateLeft((checksum ^ value) * 0x9E37_79B9_7F4A_7C15, 29);
}
