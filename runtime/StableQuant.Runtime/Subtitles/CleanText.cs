using System.Text;

namespace StableQuant.Subtitles;

/// <summary>Text that any format can hold: no line breaks, controls or broken surrogates.</summary>
internal static class CleanText
{
    /// <summary>Makes white space and controls one space each run, none at the ends, and broken surrogates U+FFFD.</summary>
    public static string Of(string text)
    {
        var clean = new StringBuilder(text.Length);
        bool space = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
            {
                space = clean.Length > 0;
                continue;
            }

            clean.Append(space ? " " : "").Append(rune.ToString());
            space = false;
        }

        return clean.ToString();
    }
}
