using System.Diagnostics;
using StableQuant.Calibration.Simulate;

namespace StableQuant.Calibration.Calibrate;

/// <summary>Tells how far calibration is, and keeps what each step cost.</summary>
/// <param name="progress">Is told.</param>
/// <param name="plan">The steps to come; null where nobody asks for the whole.</param>
/// <param name="name">What the calibration is called among others; empty where it is alone.</param>
internal sealed class CalibrationLog(IProgress<CalibrationProgress> progress, CalibrationPlan? plan = null, string name = "") : IPassLog
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
    public void Begin(string step)
    {
        steps.Add((step, 0, clock.ElapsedTicks));
        plan?.Begin(step);
    }

    /// <inheritdoc/>
    public void CountPass() => steps[^1] = steps[^1] with { Passes = steps[^1].Passes + 1 };

    /// <summary>Tells how much of the step is done.</summary>
    public void Report(int done, int total) => Report(steps[^1].Name, done, total);

    /// <summary>A step that is done in one piece.</summary>
    public T Step<T>(string step, Func<T> work)
    {
        Begin(step);
        Report(0, 1);
        T result = work();
        Report(1, 1);
        return result;
    }

    /// <inheritdoc/>
    public IProgress<EvaluationProgress> Pass(string step)
    {
        Begin(step);
        CountPass();
        return new ProgressOf<EvaluationProgress>(p => Report(step, p.Done, p.Total));
    }

    private void Report(string step, int done, int total) => progress.Report(
        new CalibrationProgress(name.Length == 0 ? step : $"{name}: {step}", done, total) { Overall = plan?.Done((double)done / Math.Max(total, 1)) ?? 0 });
}
