using System.Globalization;

namespace StableQuant.Cli.Output;

/// <summary>How error rates and shares are written.</summary>
internal static class Rate
{
    /// <summary>A small number, to two digits: <c>1.2E-4</c>.</summary>
    public static string Scientific(double value) => value.ToString("0.0E-0", CultureInfo.InvariantCulture);

    /// <summary>A change of a rate, in points, with its sign.</summary>
    public static string Points(double fraction) => string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:+0.00;-0.00;0.00}");

    /// <summary>A fraction in percent.</summary>
    public static string Percent(double fraction) => string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:F2} %");
}
