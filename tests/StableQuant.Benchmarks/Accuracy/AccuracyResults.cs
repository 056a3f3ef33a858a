using System.Globalization;
using StableQuant.Benchmarks.Models;
using StableQuant.Benchmarks.Report;

namespace StableQuant.Benchmarks.Accuracy;

/// <summary>
/// Word errors by model, speech and method, kept in the repository: <c>accuracy.tsv</c> has what is measured, the same wherever it is run;
/// <c>accuracy.sizes.tsv</c> the bytes of each model's files; <c>accuracy.runs.tsv</c> commit, processor and date of each run.
/// </summary>
internal sealed class AccuracyResults
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "StableQuant.Benchmarks", "Results");
    private static readonly string Cells = Path.Combine(Folder, "accuracy.tsv");
    private static readonly string Sizes = Path.Combine(Folder, "accuracy.sizes.tsv");
    private static readonly string Runs = Path.Combine(Folder, "accuracy.runs.tsv");

    private readonly SortedDictionary<string, string> cells = Read(Cells, keys: 3);
    private readonly SortedDictionary<string, string> sizes = Read(Sizes, keys: 2);
    private readonly SortedDictionary<string, string> runs = Read(Runs, keys: 2);

    /// <summary>Adds a count of word errors.</summary>
    public void Add(string model, string data, string method, int errors, int words) =>
        cells[$"{model}\t{data}\t{method}"] = string.Create(CultureInfo.InvariantCulture, $"{errors}\t{words}");

    /// <summary>Adds the bytes of a model's files.</summary>
    public void AddSize(string model, string method, long bytes) => sizes[$"{model}\t{method}"] = bytes.ToString(CultureInfo.InvariantCulture);

    /// <summary>Bytes of a model's files over those of the float model; null where they are not known.</summary>
    public double? SizeRatio(string model, string method) =>
        sizes.TryGetValue($"{model}\t{method}", out string? bytes) && sizes.TryGetValue($"{model}\t{AccuracyRun.Float}", out string? whole)
            ? double.Parse(bytes, CultureInfo.InvariantCulture) / double.Parse(whole, CultureInfo.InvariantCulture)
            : null;

    /// <summary>Adds where and when a method was run.</summary>
    public void AddRun(string model, string method, Machine machine) => runs[$"{model}\t{method}"] = $"{machine.Commit}\t{machine.Processor}\t{machine.Date}";

    /// <summary>Word error rate and words; null where it was not measured.</summary>
    public (double Wer, int Words)? Find(string model, string data, string method)
    {
        if (!cells.TryGetValue($"{model}\t{data}\t{method}", out string? cell))
        {
            return null;
        }

        int[] counts = [.. cell.Split('\t').Select(count => int.Parse(count, CultureInfo.InvariantCulture))];
        return ((double)counts[0] / counts[1], counts[1]);
    }

    /// <summary>Writes the files.</summary>
    public void Save()
    {
        File.WriteAllText(Cells, Text("model\tspeech\tmethod\terrors\twords", cells));
        File.WriteAllText(Sizes, Text("model\tmethod\tbytes", sizes));
        File.WriteAllText(Runs, Text("model\tmethod\tcommit\tprocessor\tdate", runs));
    }

    private static string Text(string heading, SortedDictionary<string, string> lines) =>
        string.Concat([heading + "\n", .. lines.Select(line => $"{line.Key}\t{line.Value}\n")]);

    private static SortedDictionary<string, string> Read(string path, int keys)
    {
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string[] fields in File.Exists(path) ? File.ReadLines(path).Skip(1).Select(line => line.Split('\t')) : [])
        {
            lines[string.Join('\t', fields[..keys])] = string.Join('\t', fields[keys..]);
        }

        return lines;
    }
}
