using System.Text;

namespace StableQuant.Calibration.Evaluate;

/// <summary>
/// How texts are made comparable before errors are counted, reference and hypothesis alike:
/// <list type="number">
/// <item>letters are upper-cased, for vocabularies have one case only;</item>
/// <item>the typographic apostrophes become <c>'</c>; an apostrophe is part of its word;</item>
/// <item>hyphens, dashes and slashes separate words; all other punctuation is dropped, for no CTC vocabulary has it;</item>
/// <item>white space is one space, and none at the ends.</item>
/// </list>
/// Nothing else: numbers are not spelled out, no words are held equal or left out, accents count. Whatever more were
/// forgiven would flatter the model.
/// </summary>
public static class ScoringText
{
    /// <summary>The comparable form of <paramref name="text"/>.</summary>
    public static string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        bool gap = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            Rune letter = rune.Value is '\u2018' or '\u2019' or '\u02BC' or '`' or '\u00B4' ? new Rune('\'') : Rune.ToUpperInvariant(rune);
            if (SeparatesWords(letter))
            {
                gap = true;
            }
            else if (letter.Value == '\'' || !Rune.IsPunctuation(letter))
            {
                if (gap && result.Length > 0)
                {
                    result.Append(' ');
                }

                gap = false;
                result.Append(letter.ToString());
            }
        }

        return result.ToString();
    }

    /// <summary>The words of a normalized text.</summary>
    public static string[] Words(string normalized) => normalized.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static bool SeparatesWords(Rune rune) =>
        Rune.IsWhiteSpace(rune) || rune.Value is '/' or '\\' || Rune.GetUnicodeCategory(rune) == System.Globalization.UnicodeCategory.DashPunctuation;
}
