using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace StableQuant.Calibration.Report;

/// <summary>
/// Markup, written as an interpolated string: <c>Html cell = $"&lt;td&gt;{name}&lt;/td&gt;"</c>. What stands in the literal is
/// markup; whatever is interpolated is text and gets escaped, unless it is <see cref="Html"/> itself. So a name or a
/// transcript cannot become markup by anybody's forgetting. Numbers are in the invariant culture.
/// </summary>
[InterpolatedStringHandler]
internal sealed class Html
{
    private readonly StringBuilder text;

    public Html(int literalLength, int formattedCount) => text = new StringBuilder(literalLength + 16 * formattedCount);

    /// <summary>No markup.</summary>
    public static Html None => $"";

    /// <summary>Markup that is ours already, such as the style sheet.</summary>
    public static Html Trusted(string markup)
    {
        Html html = None;
        html.text.Append(markup);
        return html;
    }

    public void AppendLiteral(string markup) => text.Append(markup);

    public void AppendFormatted(Html inner) => text.Append(inner.text);

    public void AppendFormatted(IEnumerable<Html> inner)
    {
        foreach (Html html in inner)
        {
            text.Append(html.text);
        }
    }

    public void AppendFormatted(string? value)
    {
        foreach (Rune rune in (value ?? "").EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '&' => text.Append("&amp;"),
                '<' => text.Append("&lt;"),
                '>' => text.Append("&gt;"),
                '"' => text.Append("&quot;"),
                '\'' => text.Append("&#39;"),
                // Neither HTML nor XML has these characters, not even escaped.
                (< ' ' and not '\t' and not '\n') or (>= 0x7F and < 0xA0) or 0xFFFE or 0xFFFF => text.Append('\uFFFD'),
                _ => text.Append(rune.ToString()),
            };
        }
    }

    public void AppendFormatted<T>(T value, string? format = null)
        where T : IFormattable => AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

    public override string ToString() => text.ToString();
}
