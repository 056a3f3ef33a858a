namespace StableQuant.Calibration.Report;

/// <summary>A name in a drawing, which has no room for long ones: those lose their middle, as both ends tell more.</summary>
internal static class ChartLabel
{
    private const int MaxLength = 18;

    /// <summary>Draws the name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="kind">Its class in the style sheet.</param>
    /// <param name="x">Where it stands.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="anchor">Which part of it stands at <paramref name="x"/>.</param>
    /// <param name="width">The width that a long name gets, whatever its letters and the reader's font.</param>
    public static Html Draw(string name, string kind, double x, double y, string anchor, int width)
    {
        bool fits = name.Length <= MaxLength;
        Html limit = fits ? Html.None : (Html)$" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\"";
        return $"""<text class="{kind}" x="{x:0.#}" y="{y:0.#}" text-anchor="{anchor}"{limit}>{(fits ? name : $"{name[..(MaxLength / 2 - 1)]}…{name[^(MaxLength / 2)..]}")}</text>""";
    }
}
