namespace StableQuant.Calibration.Calibrate;

/// <summary>What the search may add to the paper's steps; but for <see cref="Dither"/> none of it costs anything when the model runs.</summary>
[Flags]
public enum CalibrationLevers
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>
    /// Layers and percentiles are judged by the token probabilities and by the noise of products' outputs, too, not by words
    /// alone.
    /// </summary>
    Continuous = 1,

    /// <summary>
    /// Layers and percentiles are judged on a band-limited, noisy copy of some of the speech, too: a stand-in for rooms and
    /// microphones that calibration does not hear.
    /// </summary>
    Augment = 2,

    /// <summary>Each output channel's weight scale is the least-squares one, not the one that its largest weight dictates.</summary>
    WeightScales = 4,

    /// <summary>
    /// Weights are rounded by what their products read of the speech: the error of each is made up for by those that are rounded after it. Scales are
    /// the least-squares ones by the inputs, too.
    /// </summary>
    ErrorFeedback = 8,

    /// <summary>
    /// What the feature extractor's convolutions read, but for the last one, is dithered where no layer norm precedes them, see <see cref="Graph.Quantize.IsDithered"/>: quiet speech,
    /// less than a step away from silence, is kept.
    /// </summary>
    Dither = 16,

    /// <summary>Everything.</summary>
    All = Continuous | Augment | WeightScales | ErrorFeedback | Dither,
}

/// <summary>The levers by name.</summary>
public static class CalibrationLeverNames
{
    /// <summary>Each lever and the name that it has in receipts and on the command line.</summary>
    public static IReadOnlyDictionary<string, CalibrationLevers> All { get; } = new Dictionary<string, CalibrationLevers>(StringComparer.Ordinal)
    {
        ["continuous"] = CalibrationLevers.Continuous,
        ["augment"] = CalibrationLevers.Augment,
        ["weight-scales"] = CalibrationLevers.WeightScales,
        ["error-feedback"] = CalibrationLevers.ErrorFeedback,
        ["dither"] = CalibrationLevers.Dither,
    };

    /// <summary>The names of some levers.</summary>
    public static IReadOnlyList<string> Names(this CalibrationLevers levers) => [.. All.Where(lever => levers.HasFlag(lever.Value)).Select(lever => lever.Key)];
}
