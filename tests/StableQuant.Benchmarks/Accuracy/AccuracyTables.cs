using System.Globalization;
using System.Text;
using StableQuant.Benchmarks.Models;
using StableQuant.Calibration.Calibrate;

namespace StableQuant.Benchmarks.Accuracy;

/// <summary>The tables of word error rates in README and docs, between marks in the text.</summary>
internal static class AccuracyTables
{
    private const string Missing = "–";

    /// <summary>Where each table stands.</summary>
    public static IReadOnlyList<(string Page, Func<AccuracyResults, string> Table)> All { get; } = [("README.md", Methods), ("docs/calibration.md", Bits)];

    /// <summary>Puts the tables into the pages.</summary>
    /// <exception cref="InvalidDataException">A page has no marks, or something was not measured yet.</exception>
    public static void Write(AccuracyResults results)
    {
        foreach ((string page, Func<AccuracyResults, string> table) in All)
        {
            string path = Path.Combine(Repository.Root, page), text = File.ReadAllText(path), made = table(results);
            const string Begin = "<!-- accuracy: build/results.sh --write makes this table -->\n", End = "<!-- accuracy: end -->";
            int start = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = text.IndexOf(End, StringComparison.Ordinal);
            if (start < Begin.Length || end < start)
            {
                throw new InvalidDataException($"{page}: the marks of the table are missing.");
            }

            if (made.Contains(Missing, StringComparison.Ordinal))
            {
                throw new InvalidDataException($"{page}: some cells were not measured; run build/results.sh without --model and --method.");
            }

            File.WriteAllText(path, text[..start] + made + text[end..]);
        }
    }

    /// <summary>Every method, on every model.</summary>
    public static string Methods(AccuracyResults results) => Table(
        results, ["float", "max", "percentile", "entropy", "mse", "paper", "clip", "keep"], [AccuracyRun.Float, .. ComparedMethod.All.Select(method => method.Name)], withWords: true);

    /// <summary>The default method with weights of 8 and of 7 bits.</summary>
    public static string Bits(AccuracyResults results) => Table(results, ["8 bits", "7 bits"], [ComparedMethod.All[^1].Name, AccuracyRun.SevenBits], withWords: false);

    private static string Table(AccuracyResults results, string[] titles, string[] methods, bool withWords)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"| model | speech{(withWords ? " (words)" : "")} | {string.Join(" | ", titles)} |\n|---|---|{string.Concat(titles.Select(_ => "---|"))}\n");
        foreach (AccuracyModel model in AccuracyModel.All)
        {
            string title = withWords ? model.Title : model.Title[..model.Title.LastIndexOf(" (", StringComparison.Ordinal)];
            foreach ((string data, string speech) in new[] { model.Same, model.Elsewhere })
            {
                string words = withWords ? string.Create(CultureInfo.InvariantCulture, $" ({results.Find(model.Name, data, AccuracyRun.Float)?.Words ?? 0})") : "";
                string[] rates = [.. methods.Select(method => results.Find(model.Name, data, method) is { } cell ? (100 * cell.Wer).ToString("0.00", CultureInfo.InvariantCulture) : Missing)];
                text.Append(CultureInfo.InvariantCulture, $"| {title} | {speech}{words} | {string.Join(" | ", rates)} |\n");
                title = "";
            }
        }

        return text.Replace("|  |", "| |").ToString();
    }
}
