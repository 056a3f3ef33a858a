using System.Text;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>Word pieces of bytes, in which each byte is written as a printable character: those that are none as the characters from U+0100 on, in order.</summary>
internal static class BytePieces
{
    /// <summary>The character of the byte of a space.</summary>
    public const char Space = 'Ġ';

    private static readonly Dictionary<char, byte> Bytes = Characters();

    /// <summary>The text of a piece, with ▁ for its spaces; the piece itself where its bytes are no whole characters.</summary>
    public static string Text(string piece)
    {
        if (!piece.All(Bytes.ContainsKey))
        {
            return piece;
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. piece.Select(c => Bytes[c])]).Replace(' ', '▁');
        }
        catch (DecoderFallbackException)
        {
            return piece;
        }
    }

    private static Dictionary<char, byte> Characters()
    {
        var bytes = new Dictionary<char, byte>();
        int next = 0x100;
        for (int value = 0; value < 256; value++)
        {
            bool isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            bytes[(char)(isPrintable ? value : next++)] = (byte)value;
        }

        return bytes;
    }
}
