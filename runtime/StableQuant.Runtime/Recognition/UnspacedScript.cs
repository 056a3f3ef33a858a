using System.Text;

namespace StableQuant.Recognition;

/// <summary>Scripts whose words are written without spaces, so that each character counts as a word: Han, Hiragana and Katakana.</summary>
internal static class UnspacedScript
{
    /// <summary>Whether a character is of such a script.</summary>
    public static bool Has(Rune rune) => rune.Value is (>= 0x3041 and <= 0x30FF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);
}
