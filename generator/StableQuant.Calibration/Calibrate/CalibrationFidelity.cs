namespace StableQuant.Calibration.Calibrate;

/// <summary>How near to the float model the search goes by finer grids, whose outliers take time.</summary>
public enum CalibrationFidelity
{
    /// <summary>Finer grids that save much for little time.</summary>
    Standard,

    /// <summary>Grids so fine that many inputs of a layer are outliers, where that brings the model nearer to float; it may take half as long again.</summary>
    High,
}
