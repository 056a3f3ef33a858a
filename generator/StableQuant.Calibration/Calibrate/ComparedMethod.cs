using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>A way to calibrate, beside which others are measured.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Method">How grids are chosen.</param>
/// <param name="Outliers">What happens to values beyond them.</param>
/// <param name="Levers">What is added to the paper's steps.</param>
public sealed record ComparedMethod(string Name, CalibrationMethod Method, Outliers Outliers, CalibrationLevers Levers)
{
    /// <summary>All that are compared. The paper's method, pure, clips and listens to words alone; the last one is the default of calibrate.</summary>
    public static IReadOnlyList<ComparedMethod> All { get; } =
    [
        new("max", CalibrationMethod.Max, Outliers.Clip, CalibrationLevers.None),
        new("percentile", CalibrationMethod.Percentile, Outliers.Clip, CalibrationLevers.None),
        new("entropy", CalibrationMethod.Entropy, Outliers.Clip, CalibrationLevers.None),
        new("mse", CalibrationMethod.Mse, Outliers.Clip, CalibrationLevers.None),
        new("stablequant, paper", CalibrationMethod.StableQuant, Outliers.Clip, CalibrationLevers.WeightScales),
        new("stablequant, clip", CalibrationMethod.StableQuant, Outliers.Clip, CalibrationLevers.All),
        new("stablequant, keep", CalibrationMethod.StableQuant, Outliers.Keep, CalibrationLevers.All),
    ];

    /// <summary>A request that asks for this way.</summary>
    /// <param name="request">All else that is asked for.</param>
    public CalibrationRequest Of(CalibrationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request with { Method = Method, Outliers = Outliers, Levers = Levers };
    }

    /// <summary>All ways, each with weights of each of some bits, and what tables call them: those of 8 bits by the method's name alone.</summary>
    /// <param name="request">All else that is asked for.</param>
    /// <param name="bits">Bits of weights; those that are found layer by layer belong to <see cref="CalibrationMethod.StableQuant"/> alone.</param>
    public static IReadOnlyList<(string Name, CalibrationRequest Request)> Requests(CalibrationRequest request, IReadOnlyList<WeightBits> bits) =>
    [
        .. All.SelectMany(method => bits.Where(some => some.Fixed is not null || method.Method == CalibrationMethod.StableQuant)
            .Select(some => (some == WeightBits.Eight ? method.Name : $"{method.Name}, {some} bits", method.Of(request) with { WeightBits = some }))),
    ];
}
