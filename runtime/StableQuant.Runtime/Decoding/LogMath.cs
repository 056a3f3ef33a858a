namespace StableQuant.Decoding;

/// <summary>
/// Exponential and logarithm in double precision by additions, multiplications and divisions alone, each rounded once: the same bits on
/// every system, which the C runtime's do not promise. Absolute error of both at most 10⁻¹⁵ times the larger of 1 and the result.
/// </summary>
internal static class LogMath
{
    /// <summary>ln 2, in a part whose multiples by exponents are exact, and the rest of it.</summary>
    private const double HighOfLn2 = 6.93147180369123816490e-01;
    private const double LowOfLn2 = 1.90821492927058770002e-10;

    private const double Log2OfE = 1.4426950408889634;
    private const double SqrtOf2 = 1.4142135623730951;

    // Below it is no normal number.
    private const double LeastExponent = -708;

    /// <summary>ln 10: what turns the logarithms of ARPA files into natural ones.</summary>
    public const double Ln10 = 2.302585092994046;

    // 1/13! … 1/2!, and 1/21, 1/19 … 1/3.
    private static ReadOnlySpan<double> InverseFactorials => [1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 1.0 / 2];

    private static ReadOnlySpan<double> InverseOdds => [1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3];

    /// <summary>eˣ for x of at most 700; 0 below −708.</summary>
    public static double Exp(double x)
    {
        if (!(x >= LeastExponent))
        {
            return 0;
        }

        // x = n · ln 2 + r with |r| of at most ln 2 / 2, where Taylor's polynomial of degree 13 is within 10⁻¹⁷.
        double n = Math.Floor((x * Log2OfE) + 0.5);
        double r = (x - (n * HighOfLn2)) - (n * LowOfLn2);
        double p = 0;
        foreach (double coefficient in InverseFactorials)
        {
            p = (p * r) + coefficient;
        }

        p = 1 + (r * (1 + (r * p)));
        return p * BitConverter.Int64BitsToDouble(((long)n + 1023) << 52);
    }

    /// <summary>ln x for positive normal numbers.</summary>
    public static double Log(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        long exponent = (bits >> 52) - 1023;
        double mantissa = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        if (mantissa > SqrtOf2)
        {
            mantissa *= 0.5;
            exponent++;
        }

        // ln m = 2 · artanh s with s = (m − 1) / (m + 1), |s| of at most 0.1716: eleven odd powers are within 10⁻¹⁷.
        double s = (mantissa - 1) / (mantissa + 1);
        double square = s * s;
        double sum = 0;
        foreach (double coefficient in InverseOdds)
        {
            sum = (sum + coefficient) * square;
        }

        return (exponent * HighOfLn2) + ((2 * s * (1 + sum)) + (exponent * LowOfLn2));
    }

    /// <summary>ln(eᵃ + eᵇ); −∞ stands for a probability of 0.</summary>
    public static double Add(double a, double b)
    {
        double max = a > b ? a : b;
        double difference = a > b ? b - a : a - b;

        // Further apart the smaller one changes nothing; of two −∞ the difference is no number.
        return difference > -37 ? max + Log(1 + Exp(difference)) : max;
    }
}
