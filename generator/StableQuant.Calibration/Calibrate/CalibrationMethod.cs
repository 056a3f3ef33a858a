namespace StableQuant.Calibration.Calibrate;

/// <summary>How the range of an activation's integer grid is chosen.</summary>
public enum CalibrationMethod
{
    /// <summary>The grid covers every value seen.</summary>
    Max,

    /// <summary>The grid covers a share of the values seen; what lies beyond is clipped.</summary>
    Percentile,
}
