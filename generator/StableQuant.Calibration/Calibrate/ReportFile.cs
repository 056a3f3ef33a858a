namespace StableQuant.Calibration.Calibrate;

/// <summary>A report that calibration writes beside its other files: all of them appear, or none.</summary>
/// <param name="Path">Where it goes.</param>
/// <param name="Render">Makes its text of what was asked for and what came out.</param>
public sealed record ReportFile(string Path, Func<CalibrationRequest, CalibrationResult, string> Render);
