using StableQuant.Calibration.Calibrate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Report;

/// <summary>
/// What calibration found out and decided, as one HTML page for people: word error rates, each layer's sensitivity, its
/// grids over its values, the words that changed. The page stands alone, runs no script, and is the same for the same input.
/// </summary>
public static class HtmlReport
{
    /// <summary>The page, well-formed as XML, too.</summary>
    /// <param name="runs">The calibrations to tell of: one, or several of one model on the same speech.</param>
    /// <exception cref="ArgumentException">There are none, or they were not measured on the same speech.</exception>
    public static string Render(IReadOnlyList<ReportedRun> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count == 0 || runs.Any(run => !Speech(run.Result).SequenceEqual(Speech(runs[0].Result))))
        {
            throw new ArgumentException("A report needs runs that were measured on the same speech.", nameof(runs));
        }

        string model = Path.GetFileName(runs[0].Request.ModelPath);
        Html body = $"""
            {Summary.Write(model, runs)}
            <main>
            {ResultsSection.Write(runs)}{NoiseSection.Write(runs)}{ProbeSection.Write(runs)}{SensitivitySection.Write(runs)}{LayersSection.Write(runs)}{(Kind(runs) == MeasureKind.Words ? WordsSection.Write(runs) : Html.None)}{ReceiptSection.Write(runs)}</main>
            """;
        return Page.Of($"{model} in int8", body);
    }

    /// <summary>What was counted.</summary>
    internal static MeasureKind Kind(IReadOnlyList<ReportedRun> runs) => runs[0].Result.Sets[0].Measurement.Kind;

    /// <summary>The page of one calibration, under its method's name (<see cref="ReportFile"/>).</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="result">What came of it.</param>
    public static string Render(CalibrationRequest request, CalibrationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Render([new ReportedRun(result.Receipt.Method, request, result)]);
    }

    /// <summary>Writes the page; it appears complete or not at all.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="runs">See <see cref="Render(IReadOnlyList{ReportedRun})"/>.</param>
    /// <exception cref="StableQuantException">No file can be written there.</exception>
    public static void Write(string path, IReadOnlyList<ReportedRun> runs)
    {
        using var files = new AtomicFiles();
        File.WriteAllText(files.Add(path), Render(runs));
        files.Commit();
    }

    private static IEnumerable<string> Speech(CalibrationResult result) => [.. result.Sets.Select(set => set.Measurement.ManifestSha256), result.Probe?.Measurement.ManifestSha256 ?? ""];
}
