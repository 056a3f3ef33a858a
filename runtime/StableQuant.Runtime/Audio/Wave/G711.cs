namespace StableQuant.Audio.Wave;

/// <summary>
/// ITU-T G.711 expansion to 16-bit linear, the customary left-justified scale: mu-law's 14 bits times 4, peak ±32124;
/// A-law's 13 bits times 8, peak ±32256.
/// </summary>
internal static class G711
{
    private static readonly short[] MuLawTable = MakeTable(ExpandMuLaw);
    private static readonly short[] ALawTable = MakeTable(ExpandALaw);

    public static short MuLaw(byte code) => MuLawTable[code];

    public static short ALaw(byte code) => ALawTable[code];

    private static short[] MakeTable(Func<byte, short> expand)
    {
        var table = new short[256];
        for (int code = 0; code < table.Length; code++)
        {
            table[code] = expand((byte)code);
        }

        return table;
    }

    /// <summary>All bits are sent inverted: sign, 3 bits of segment, 4 bits of step; segments start after a bias of 33 (here 132).</summary>
    private static short ExpandMuLaw(byte code)
    {
        int bits = code ^ 0xFF;
        int magnitude = ((((bits & 0x0F) << 3) + 132) << ((bits >> 4) & 7)) - 132;
        return (short)((bits & 0x80) != 0 ? -magnitude : magnitude);
    }

    /// <summary>Every other bit is sent inverted; a set sign bit is positive; the first two segments share one step size.</summary>
    private static short ExpandALaw(byte code)
    {
        int bits = code ^ 0x55;
        int segment = (bits >> 4) & 7;
        int magnitude = ((bits & 0x0F) << 4) + 8;
        if (segment > 0)
        {
            magnitude = (magnitude + 256) << (segment - 1);
        }

        return (short)((bits & 0x80) != 0 ? magnitude : -magnitude);
    }
}
