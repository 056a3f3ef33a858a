using StableQuant.Calibration.Float;

namespace StableQuant.Calibration.Import;

/// <summary>Frequencies of waves as a file has them: models that were converted to half a precision have theirs rounded, too.</summary>
internal static class StoredFrequencies
{
    private static readonly Func<float, float>[] Roundings = [frequency => frequency, frequency => (float)(Half)frequency, ReferenceActivations.BFloat16];

    /// <summary>The frequencies in each precision that a file may have them in, the full one first.</summary>
    public static IEnumerable<float[]> Of(float[] frequencies) => Roundings.Select(rounding => Array.ConvertAll(frequencies, frequency => rounding(frequency)));
}
