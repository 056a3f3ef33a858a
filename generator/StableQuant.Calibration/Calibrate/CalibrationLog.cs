using System.Diagnostics;
using StableQuant.Calibration.Simulate;

namespace StableQuant.Calibration.Calibrate;

/// <summary>Tells how far calibration is, and keeps what each step cost.</summary>
internal sealed class CalibrationLog(IProgress<CalibrationProgress> progress) : IPassLog
{
    private readonly List<(string Name, int Passes, long Started)> steps = [];
    private readonly Stopwatch clock = Stopwatch.StartNew();

    /// <summary>The steps so far, in order; one that was begun several times is one.</summary>
    public IReadOnlyList<CalibrationStep> Steps =>
    [
        .. steps.Select((step, i) => (step.Name, step.Passes, Time: (i + 1 < steps.Count ? steps[i + 1].Started : clock.ElapsedTicks) - step.Started))
            .GroupBy(step => step.Name)
            .Select(same => new CalibrationStep(same.Key, same.Sum(s => s.Passes), Stopwatch.GetElapsedTime(0, same.Sum(s => s.Time)))),
    ];

    /// <summary>Ends the step before and begins one.</summary>
    public void Begin(string step) => steps.Add((step, 0, clock.ElapsedTicks));

    /// <inheritdoc/>
    public void CountPass() => steps[^1] = steps[^1] with { Passes = steps[^1].Passes + 1 };

    /// <summary>Tells how much of the step is done.</summary>
    public void Report(int done, int total) => progress.Report(new CalibrationProgress(steps[^1].Name, done, total));

    /// <inheritdoc/>
    public IProgress<EvaluationProgress> Pass(string step)
    {
        Begin(step);
        CountPass();
        return new ProgressOf<EvaluationProgress>(p => progress.Report(new CalibrationProgress(step, p.Done, p.Total)));
    }
}
