namespace StableQuant.Calibration.Float;

/// <summary>The error function, to nearly the full precision of double.</summary>
internal static class ErrorFunction
{
    private static readonly double TwoOverSqrtPi = 2 / Math.Sqrt(Math.PI);

    /// <summary>erf(x) = 2/√π · ∫₀ˣ exp(−t²) dt; relative error below 1e-14.</summary>
    public static double Erf(double x)
    {
        double magnitude = Math.Abs(x);
        double value = magnitude < 2.5 ? Series(magnitude) : magnitude < 6 ? 1 - Complement(magnitude) : 1;
        return double.IsNaN(x) ? x : x < 0 ? -value : value;
    }

    /// <summary>The Gaussian error linear unit, x/2 · (1 + erf(x/√2)).</summary>
    public static double Gelu(double x) => x / 2 * (1 + Erf(x / Math.Sqrt(2)));

    // erf(x) = 2/√π · exp(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·5…(2n+1)): every term is positive, so nothing cancels.
    private static double Series(double x)
    {
        double term = x, sum = x;
        for (int n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }

        return TwoOverSqrtPi * Math.Exp(-x * x) * sum;
    }

    // erfc(x) = exp(−x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))), from the innermost fraction outwards.
    private static double Complement(double x)
    {
        double fraction = x;
        for (int n = 60; n > 0; n--)
        {
            fraction = x + n / 2.0 / fraction;
        }

        return Math.Exp(-x * x) * TwoOverSqrtPi / 2 / fraction;
    }
}
