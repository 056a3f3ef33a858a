using System.Globalization;

namespace StableQuant.Calibration.Report;

/// <summary>How numbers are set on the page: invariant, with a true minus sign, never broken before the unit.</summary>
internal static class Figures
{
    /// <summary>A fraction in percent, as word error rates are stated.</summary>
    public static string Percent(double fraction) => Set($"{100 * fraction:0.00} %");

    /// <summary>The same without the sign, where it stands beside one that has it.</summary>
    public static string Hundredths(double fraction) => Set($"{100 * fraction:0.00}");

    /// <summary>A percentile, which is in percent already.</summary>
    public static string Percentile(double percent) => Set($"{percent:0.####} %");

    /// <summary>A small share in percent, to two digits that say something.</summary>
    public static string Share(double fraction)
    {
        double percent = 100 * fraction;
        int digits = percent > 0 ? Math.Clamp(1 - (int)Math.Floor(Math.Log10(percent)), 2, 12) : 2;
        return Set($"{Math.Round(percent, digits):0.############} %");
    }

    /// <summary>A change of a rate, in points.</summary>
    public static string Points(double fraction) => Set($"{100 * fraction:+0.00;-0.00;0.00}");

    /// <summary>A small positive number with its power of ten.</summary>
    public static string Scientific(double value)
    {
        if (value == 0 || !double.IsFinite(value))
        {
            return Set($"{value}");
        }

        string[] parts = value.ToString("0.0e0", CultureInfo.InvariantCulture).Split('e');
        return $"{parts[0]}·10{Raised(parts[1])}";
    }

    /// <summary>A power of ten.</summary>
    public static string PowerOfTen(int exponent) => exponent is >= 0 and < 3 ? Set($"{Math.Pow(10, exponent):0}") : $"10{Raised(Set($"{exponent}"))}";

    /// <summary>A value to four digits.</summary>
    public static string Value(double value) => Set($"{value:G4}");

    /// <summary>A ratio.</summary>
    public static string Times(double ratio) => Set($"{ratio:0.0} ×");

    /// <summary>A ratio to two digits.</summary>
    public static string Ratio(double ratio) => Set($"{ratio:0.00} ×");

    /// <summary>A real-time factor.</summary>
    public static string Factor(double factor) => Set($"{factor:0.0000}");

    /// <summary>A time in milliseconds.</summary>
    public static string Milliseconds(double seconds) => Set($"{1000 * seconds:0.#} ms");

    /// <summary>A size.</summary>
    public static string Bytes(long bytes) => bytes >= 1_000_000 ? Set($"{bytes / 1e6:0.0} MB") : Set($"{bytes / 1e3:0.0} kB");

    /// <summary>A count, in groups of three digits.</summary>
    public static string Count(long count) => Set($"{count:#,0}").Replace(',', '\u202F');

    /// <summary>A level in decibels.</summary>
    public static string Decibels(double level) => double.IsFinite(level) ? Set($"{level:0.0} dB") : "–";

    private static string Set(FormattableString text) => text.ToString(CultureInfo.InvariantCulture).Replace('-', '\u2212').Replace(' ', '\u00A0');

    private static string Raised(string exponent) => string.Concat(exponent.Select(c => char.IsAsciiDigit(c) ? "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0'] : '⁻'));
}
