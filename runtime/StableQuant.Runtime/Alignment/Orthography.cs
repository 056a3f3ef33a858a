using System.Globalization;
using System.Text;
using StableQuant.Decoding.Grammars;

namespace StableQuant.Alignment;

/// <summary>Other ways to write some characters: how a vocabulary may have what a text has.</summary>
internal static class Orthography
{
    // Letters that decompose into nothing but are written so where they are missing, capitals first.
    private static readonly Dictionary<char, string> Expansions = new()
    {
        ['Æ'] = "AE", ['æ'] = "ae", ['Œ'] = "OE", ['œ'] = "oe", ['ẞ'] = "SS", ['ß'] = "ss", ['Þ'] = "TH", ['þ'] = "th",
        ['Ø'] = "O", ['ø'] = "o", ['Ł'] = "L", ['ł'] = "l", ['Đ'] = "D", ['đ'] = "d", ['Ð'] = "D", ['ð'] = "d", ['Ħ'] = "H", ['ħ'] = "h", ['ı'] = "i",
        ['ﬀ'] = "ff", ['ﬁ'] = "fi", ['ﬂ'] = "fl", ['ﬃ'] = "ffi", ['ﬄ'] = "ffl", ['ﬅ'] = "st", ['ﬆ'] = "st", ['Ĳ'] = "IJ", ['ĳ'] = "ij", ['ς'] = "σ", ['ſ'] = "s",
    };

    /// <summary>
    /// Ways to write a piece of text, the closest first: as it is; with letters and marks composed, typographic apostrophes and hyphens plain and
    /// full-width forms narrow; in capitals; in small letters; and these again without marks.
    /// </summary>
    public static IEnumerable<string> Ways(string piece)
    {
        yield return piece;
        string composed = Composed(piece);
        yield return composed;
        yield return composed.ToUpperInvariant();
        yield return composed.ToLowerInvariant();
        string bare = string.Concat(composed.Where(c => !IsMark(c)).Select(MarkedLetters.Bare));
        yield return bare;
        yield return bare.ToUpperInvariant();
        yield return bare.ToLowerInvariant();
    }

    /// <summary>The letters that stand for one where it is missing ("ss" for ß), or null.</summary>
    public static string? Expansion(string piece) =>
        Composed(piece) is [char single] && Expansions.TryGetValue(MarkedLetters.Bare(single), out string? letters) ? letters : null;

    /// <summary>
    /// Whether a character that no token stands for makes no sound: punctuation, marks, separators, controls, pictures and broken surrogates. Letters, digits and
    /// signs that are read out (%, &amp;, @, #, currencies, +) do.
    /// </summary>
    public static bool IsSilent(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter => false,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => false,
        UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol => false,
        UnicodeCategory.OtherPunctuation => !"%‰&@#＆％＠＃".Contains((char)Math.Min(rune.Value, 0xFFFF), StringComparison.Ordinal),
        _ => true,
    };

    /// <summary>Whether a character is one of the marks that are set on letters.</summary>
    public static bool IsMark(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark;

    private static string Composed(string piece)
    {
        var letters = new StringBuilder(piece.Length);
        foreach (char c in piece)
        {
            char plain = Plain(c);
            char whole = letters.Length > 0 ? MarkedLetters.Compose(letters[^1], plain) : '\0';
            if (whole != '\0')
            {
                letters[^1] = whole;
            }
            else
            {
                letters.Append(plain);
            }
        }

        return letters.ToString();
    }

    private static char Plain(char c) => c switch
    {
        '’' or '‘' or 'ʼ' or '‛' or '′' or '`' or '´' => '\'',
        '‐' or '‑' or '‒' or '–' or '—' or '−' => '-',
        >= '\uFF01' and <= '\uFF5E' => (char)(c - 0xFEE0),
        _ => c,
    };
}
