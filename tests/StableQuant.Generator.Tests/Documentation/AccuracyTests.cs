using System.Globalization;

namespace StableQuant.Tests.Documentation;

/// <summary>The word error rates on the pages are those that build/results.sh counted.</summary>
public sealed class AccuracyTests
{
    // The order of the tables' rows, and of their columns after model and speech.
    private static readonly (string Model, string Speech)[] Rows =
    [
        ("commands-wav2vec2", "commands-test"), ("commands-wav2vec2", "digits-human-test"), ("commands-hubert", "commands-test"),
        ("commands-hubert", "digits-human-test"), ("open-hubert", "open-test"), ("open-hubert", "digits-human-test"),
        ("commands-wavlm", "commands-test"), ("commands-wavlm", "digits-human-test"), ("commands-conformer", "commands-test"),
        ("commands-conformer", "digits-human-test"), ("commands-parakeet", "commands-test"), ("commands-parakeet", "digits-human-test"),
    ];

    [Theory]
    [InlineData("README.md", "accuracy", "float", "max", "percentile", "entropy", "mse", "stablequant, paper", "stablequant, clip", "stablequant, keep")]
    [InlineData("README.md", "bits", "float", "stablequant, keep", "stablequant, keep, 4 bits", "stablequant, keep, 3 bits", "stablequant, keep, auto bits")]
    [InlineData("docs/calibration.md", "accuracy", "stablequant, keep", "stablequant, keep, 7 bits")]
    public void A_page_says_what_was_counted(string page, string mark, params string[] methods)
    {
        Dictionary<string, string> counted = Snippet.TextOf("tests/StableQuant.Benchmarks/Results/accuracy.tsv").TrimEnd('\n').Split('\n').Skip(1).Select(line => line.Split('\t'))
            .ToDictionary(fields => string.Join('\t', fields[..3]), fields => (100.0 * int.Parse(fields[3], CultureInfo.InvariantCulture) / int.Parse(fields[4], CultureInfo.InvariantCulture)).ToString("0.00", CultureInfo.InvariantCulture));
        counted.ShouldNotBeEmpty();
        string[][] said = Table(page, mark);
        (string Model, string Speech)[] rows = [.. Rows.Where(row => methods.All(method => counted.ContainsKey($"{row.Model}\t{row.Speech}\t{method}")))];
        rows.ShouldNotBeEmpty();
        said.Length.ShouldBe(rows.Length);
        for (int row = 0; row < rows.Length; row++)
        {
            for (int column = 0; column < methods.Length; column++)
            {
                said[row][3 + column].ShouldBe(counted[$"{rows[row].Model}\t{rows[row].Speech}\t{methods[column]}"], $"{page}: {rows[row]}, {methods[column]}");
            }
        }
    }

    [Fact]
    public void The_table_of_bits_has_the_sizes_that_files_had()
    {
        Dictionary<string, double> bytes = Snippet.TextOf("tests/StableQuant.Benchmarks/Results/accuracy.sizes.tsv").TrimEnd('\n').Split('\n').Skip(1).Select(line => line.Split('\t'))
            .ToDictionary(fields => $"{fields[0]}\t{fields[1]}", fields => double.Parse(fields[2], CultureInfo.InvariantCulture));
        string[][] said = Table("README.md", "bits");
        for (int row = 0; row < Rows.Length; row += 2)
        {
            string[] methods = ["stablequant, keep", "stablequant, keep, 4 bits", "stablequant, keep, 3 bits", "stablequant, keep, auto bits"];
            said[row][8].ShouldBe(string.Join(", ", methods.Select(method => (bytes[$"{Rows[row].Model}\t{method}"] / bytes[$"{Rows[row].Model}\tfloat"]).ToString("0.000", CultureInfo.InvariantCulture))), Rows[row].Model);
        }
    }

    private static string[][] Table(string page, string mark)
    {
        string text = Snippet.TextOf(page);
        int start = text.IndexOf($"<!-- {mark}: build/results.sh", StringComparison.Ordinal);
        return [.. text[start..text.IndexOf($"<!-- {mark}: end -->", StringComparison.Ordinal)].TrimEnd('\n').Split('\n')[3..].Select(line => line.Split('|').Select(cell => cell.Trim()).ToArray())];
    }
}
