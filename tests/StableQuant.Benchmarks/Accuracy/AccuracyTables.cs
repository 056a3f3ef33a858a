using System.Globalization;
using System.Text;
using StableQuant.Benchmarks.Models;
using StableQuant.Calibration.Calibrate;

namespace StableQuant.Benchmarks.Accuracy;

/// <summary>The tables of word error rates in README and docs, between marks in the text.</summary>
internal static class AccuracyTables
{
    private const string Missing = "–";

    /// <summary>Where each table stands, and what its marks there call it.</summary>
    public static IReadOnlyList<(string Page, string Mark, Func<AccuracyResults, string> Table)> All { get; } =
        [("README.md", "accuracy", Methods), ("README.md", "bits", Bits), ("docs/calibration.md", "accuracy", SevenBits)];

    /// <summary>Puts the tables into the pages.</summary>
    /// <exception cref="InvalidDataException">A page has no marks, or something was not measured yet.</exception>
    public static void Write(AccuracyResults results)
    {
        foreach ((string page, string mark, Func<AccuracyResults, string> table) in All)
        {
            string path = Path.Combine(Repository.Root, page), text = File.ReadAllText(path), made = table(results);
            string begin = $"<!-- {mark}: build/results.sh --write makes this table -->\n";
            int start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length, end = text.IndexOf($"<!-- {mark}: end -->", StringComparison.Ordinal);
            if (start < begin.Length || end < start)
            {
                throw new InvalidDataException($"{page}: the marks of the table '{mark}' are missing.");
            }

            if (made.Contains(Missing, StringComparison.Ordinal))
            {
                throw new InvalidDataException($"{page}: some cells were not measured; run build/results.sh without --model and --method.");
            }

            File.WriteAllText(path, text[..start] + made + text[end..]);
        }
    }

    /// <summary>Every method, on the models that every method was tried on.</summary>
    public static string Methods(AccuracyResults results) => Table(
        results, ["float", "max", "percentile", "entropy", "mse", "paper", "clip", "keep"], [AccuracyRun.Float, .. ComparedMethod.All.Select(method => method.Name)], withWords: true);

    /// <summary>Float and the default method with weights of fewer and fewer bits, on every model, and how much smaller the files are.</summary>
    public static string Bits(AccuracyResults results) => Table(
        results, ["float", "8 bits", "4 bits", "3 bits", "auto"], [AccuracyRun.Float, .. AccuracyRun.StoredBits], withWords: false,
        ("sizes", model => string.Join(", ", AccuracyRun.StoredBits.Select(method => results.SizeRatio(model, method)?.ToString("0.000", CultureInfo.InvariantCulture) ?? Missing))));

    /// <summary>The default method with weights of 8 and of 7 bits.</summary>
    public static string SevenBits(AccuracyResults results) => Table(results, ["8 bits", "7 bits"], [AccuracyRun.StoredBits[0], AccuracyRun.SevenBits], withWords: false);

    private static string Table(AccuracyResults results, string[] titles, string[] methods, bool withWords, (string Title, Func<string, string> Of)? ofModel = null)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"| model | speech{(withWords ? " (words)" : "")} | {string.Join(" | ", titles)} |{(ofModel is null ? "" : $" {ofModel.Value.Title} |")}\n|---|---|{string.Concat(titles.Select(_ => "---|"))}{(ofModel is null ? "" : "---|")}\n");
        foreach (AccuracyModel model in AccuracyModel.All.Where(model => methods.Except([AccuracyRun.Float]).All(model.Methods.Contains)))
        {
            string title = withWords ? model.Title : model.Title[..model.Title.LastIndexOf(" (", StringComparison.Ordinal)];
            foreach ((string data, string speech) in new[] { model.Same, AccuracyModel.Elsewhere })
            {
                string words = withWords ? string.Create(CultureInfo.InvariantCulture, $" ({results.Find(model.Name, data, AccuracyRun.Float)?.Words ?? 0})") : "";
                string[] rates = [.. methods.Select(method => results.Find(model.Name, data, method) is { } cell ? (100 * cell.Wer).ToString("0.00", CultureInfo.InvariantCulture) : Missing)];
                text.Append(CultureInfo.InvariantCulture, $"| {title} | {speech}{words} | {string.Join(" | ", rates)} |{(ofModel is null ? "" : $" {(title.Length > 0 ? ofModel.Value.Of(model.Name) : "")} |")}\n");
                title = "";
            }
        }

        return text.Replace("|  |", "| |").ToString();
    }
}
