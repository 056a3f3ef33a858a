namespace StableQuant.FrontEnd;

/// <summary>
/// The functions that windows, turns and mel scales are made of, in double by additions, multiplications and divisions alone: a system's library
/// rounds its own in its own way, and tables have to have the same bits everywhere. Within 10⁻¹⁵ of the true values.
/// </summary>
internal static class TableFunctions
{
    private const double Ln2 = 0.693147180559945309;

    /// <summary>sin x for 0 ≤ x ≤ π/2, by its Taylor series.</summary>
    public static double Sine(double x)
    {
        double sum = 0, term = x;
        for (int n = 1; n < 25; n += 2)
        {
            sum += term;
            term = -term * x * x / ((n + 1) * (n + 2));
        }

        return sum;
    }

    /// <summary>ln x for normal x &gt; 0: the exponent, and the series of the inverse hyperbolic tangent for what is left.</summary>
    public static double Log(double x)
    {
        int exponent = 0;
        for (; x > 1.5; x /= 2)
        {
            exponent++;
        }

        for (; x < 0.75; x *= 2)
        {
            exponent--;
        }

        double s = (x - 1) / (x + 1), sum = 0;
        for (int n = 23; n > 0; n -= 2)
        {
            sum = sum * s * s + 1.0 / n;
        }

        return exponent * Ln2 + 2 * s * sum;
    }

    /// <summary>eˣ for |x| ≤ 700: a power of two, and the Taylor series of what is left.</summary>
    public static double Exp(double x)
    {
        double n = Math.Round(x / Ln2), rest = x - n * Ln2, sum = 1;
        for (int i = 16; i > 0; i--)
        {
            sum = 1 + sum * rest / i;
        }

        return Math.ScaleB(sum, (int)n);
    }
}
