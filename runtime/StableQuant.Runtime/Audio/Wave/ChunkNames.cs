namespace StableQuant.Audio.Wave;

/// <summary>The four characters that begin a chunk.</summary>
internal static class ChunkNames
{
    private static readonly byte[][] Known =
    [
        [.. "fmt "u8], [.. "data"u8], [.. "LIST"u8], [.. "fact"u8], [.. "JUNK"u8], [.. "junk"u8], [.. "PAD "u8], [.. "FLLR"u8], [.. "bext"u8],
        [.. "cue "u8], [.. "smpl"u8], [.. "inst"u8], [.. "id3 "u8], [.. "ID3 "u8], [.. "PEAK"u8], [.. "iXML"u8], [.. "axml"u8], [.. "chna"u8],
        [.. "_PMX"u8], [.. "acid"u8], [.. "plst"u8], [.. "note"u8], [.. "labl"u8], [.. "DISP"u8], [.. "levl"u8], [.. "link"u8], [.. "ds64"u8],
    ];

    /// <summary>Whether these bytes are the name of a chunk that WAV files have.</summary>
    public static bool IsKnown(ReadOnlySpan<byte> name)
    {
        foreach (byte[] known in Known)
        {
            if (name.SequenceEqual(known))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether the next chunk begins right here, where a byte of padding belongs: by a known name, or because what begins here may be a name
    /// and what begins a byte later may not.
    /// </summary>
    /// <param name="next">The next five bytes, or fewer at the end.</param>
    public static bool IsUnpadded(ReadOnlySpan<byte> next) =>
        next.Length >= 4 && (IsKnown(next[..4]) || (!IsKnown(next[1..]) && MayBeName(next[..4]) && !MayBeName(next[1..])));

    private static bool MayBeName(ReadOnlySpan<byte> name) => !name.ContainsAnyExceptInRange((byte)' ', (byte)'~');
}
