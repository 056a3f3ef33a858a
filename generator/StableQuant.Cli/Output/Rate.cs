using System.Globalization;

namespace StableQuant.Cli.Output;

/// <summary>How error rates and shares are written.</summary>
internal static class Rate
{
    /// <summary>A fraction in percent.</summary>
    public static string Percent(double fraction) => string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:F2} %");
}
