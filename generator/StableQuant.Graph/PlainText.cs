using System.Globalization;
using System.Text;

#if STABLEQUANT_RUNTIME
namespace StableQuant.Layout;
#else
namespace StableQuant.Graph;
#endif

/// <summary>
/// Text that is printed as it is although it comes from files that may be anyone's: it has no character that controls what prints it, or
/// orders what stands around it. Those are control characters, line and paragraph separators, embeddings, overrides and isolates of
/// direction, and halves of a surrogate pair.
/// </summary>
#if STABLEQUANT_RUNTIME
internal
#else
public
#endif
static class PlainText
{
    /// <summary>Whether a text has no such character.</summary>
    public static bool IsPlain(string text) => Of(text) == text;

    /// <summary>The text with U+FFFD in the place of each such character.</summary>
    public static string Of(string text)
    {
        const char Replacement = '\uFFFD';
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                plain.Append(text[i++]).Append(text[i]);
            }
            else
            {
                plain.Append(Controls(text[i]) ? Replacement : text[i]);
            }
        }

        return plain.ToString();
    }

    private static bool Controls(char c) =>
        c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069')
        || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
}
