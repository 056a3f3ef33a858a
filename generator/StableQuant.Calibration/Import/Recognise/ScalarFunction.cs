using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>
/// Element-wise functions of one value, given by what they are at a fixed set of points. So it does not matter in which
/// order an exporter writes x · 0.5 · (1 + erf(x / √2)), or whether it multiplies by 1/√2: the function is the same.
/// </summary>
internal static class ScalarFunction
{
    /// <summary>
    /// The points: 0 and 1 first, then both signs, finely where activations bend and coarsely beyond. Everything is
    /// computed in double, so only the float constants of the model keep it from being exact.
    /// </summary>
    public static readonly IReadOnlyList<double> Probes =
    [
        0, 1,
        .. Enumerable.Range(-128, 257).Select(i => i / 16.0 + 1.0 / 1024),
        .. new double[] { 1e-6, 1e-3, 12, 20, 100, 1000 }.SelectMany(p => new[] { p, -p }),
    ];

    private static readonly (ActivationFunction Function, double[] Values)[] Activated =
        [.. ActivationFunction.All.Select(function => (function, (double[])[.. Probes.Select(p => ReferenceActivations.Of(function, p))]))];

    private static readonly double[] SigmoidValues = [.. Probes.Select(ReferenceActivations.Sigmoid)];

    /// <summary>Whether f(x) = x.</summary>
    public static bool IsIdentity(double[] values) => Matches(values, p => p, 1e-12, 0);

    /// <summary>Whether f(x) = x².</summary>
    public static bool IsSquare(double[] values) => Matches(values, p => p * p, 1e-9, 0);

    /// <summary>
    /// The activation that f is; null where it is none. The first bound leaves room for √2 rounded to float (1e-8), the second for √2
    /// rounded to half precision (5e-5), and neither for GELU in place of its tanh approximation (2e-4).
    /// </summary>
    public static ActivationFunction? ActivationOf(double[] values) =>
        Array.Find(Activated, known => IsClose(values, known.Values, 1e-6)).Function ?? Array.Find(Activated, known => IsClose(values, known.Values, 1e-4)).Function;

    /// <summary>Whether f(x) = 1 / (1 + e⁻ˣ).</summary>
    public static bool IsSigmoid(double[] values) => IsClose(values, SigmoidValues, 1e-9);

    /// <summary>Whether f(x) = a · x + b.</summary>
    public static bool IsAffine(double[] values, out double a, out double b)
    {
        double slope = values[1] - values[0], offset = values[0];
        (a, b) = (slope, offset);
        return double.IsFinite(slope) && double.IsFinite(offset) && Matches(values, p => slope * p + offset, 1e-9, Math.Abs(offset) * 1e-9);
    }

    /// <summary>Whether f(x) = √(x + ε) for x ≥ 0.</summary>
    public static bool IsRoot(double[] values, out float epsilon)
    {
        double added = values[0] * values[0];
        epsilon = (float)added;
        return HoldsForVariances(values, p => Math.Sqrt(p + added));
    }

    /// <summary>Whether f(x) = 1/√(x + ε) for x ≥ 0.</summary>
    public static bool IsInverseRoot(double[] values, out float epsilon)
    {
        double added = 1 / (values[0] * values[0]);
        epsilon = (float)added;
        return HoldsForVariances(values, p => 1 / Math.Sqrt(p + added));
    }

    /// <summary>Whether f(x) = √(factor · x) for x ≥ 0.</summary>
    public static bool IsScaledRoot(double[] values, double factor, double tolerance) =>
        !Probes.Where((p, i) => p >= 0 && !(Math.Abs(values[i] - Math.Sqrt(factor * p)) <= tolerance * Math.Sqrt(factor * p))).Any();

    private static bool HoldsForVariances(double[] values, Func<double, double> expected) =>
        !Probes.Where((p, i) => p >= 0 && !(Math.Abs(values[i] - expected(p)) <= 1e-9 * Math.Abs(values[i]))).Any();

    private static bool Matches(double[] values, Func<double, double> expected, double relative, double absolute) =>
        !Probes.Where((p, i) => !(Math.Abs(values[i] - expected(p)) <= relative * Math.Abs(expected(p)) + absolute)).Any();

    private static bool IsClose(double[] values, double[] expected, double tolerance) =>
        !Probes.Where((p, i) => !(Math.Abs(values[i] - expected[i]) <= tolerance * Math.Max(1, Math.Abs(p)))).Any();
}
