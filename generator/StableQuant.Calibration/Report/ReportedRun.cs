using StableQuant.Calibration.Calibrate;

namespace StableQuant.Calibration.Report;

/// <summary>One calibration that a report tells of.</summary>
/// <param name="Method">What the report calls it.</param>
/// <param name="Request">What was asked.</param>
/// <param name="Result">What came of it.</param>
public sealed record ReportedRun(string Method, CalibrationRequest Request, CalibrationResult Result);
