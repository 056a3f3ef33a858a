namespace StableQuant.Calibration.Calibrate;

/// <summary>How the grids of a model are chosen.</summary>
public enum CalibrationMethod
{
    /// <summary>
    /// StableQuant (arXiv 2504.14915): the layers that suffer under <see cref="Max"/> are selected, and the percentile of
    /// each is searched.
    /// </summary>
    StableQuant,

    /// <summary>Each grid covers every value recorded.</summary>
    Max,

    /// <summary>Each grid covers a share of the values recorded.</summary>
    Percentile,

    /// <summary>Each grid loses least information: the smallest Kullback–Leibler divergence of the rounded histogram from the recorded one.</summary>
    Entropy,

    /// <summary>Each grid has the smallest mean squared error over the values recorded.</summary>
    Mse,
}
