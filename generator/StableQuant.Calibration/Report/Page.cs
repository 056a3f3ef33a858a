namespace StableQuant.Calibration.Report;

/// <summary>The frame of a page that stands alone: it loads nothing, runs no script, and is well-formed as XML, too.</summary>
internal static class Page
{
    /// <summary>A page.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="body">What it shows.</param>
    public static string Of(string title, Html body)
    {
        Html page = $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" />
            <title>{title}</title>
            <style>
            {Html.Trusted(StyleSheet())}</style>
            </head>
            <body>
            {body}
            </body>
            </html>

            """;
        return page.ToString();
    }

    private static string StyleSheet()
    {
        using Stream css = typeof(Page).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(css);
        return reader.ReadToEnd();
    }
}
