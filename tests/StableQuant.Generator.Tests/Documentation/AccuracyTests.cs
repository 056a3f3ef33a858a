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
    ];

    [Theory]
    [InlineData("README.md", "float", "max", "percentile", "entropy", "mse", "stablequant, paper", "stablequant, clip", "stablequant, keep")]
    [InlineData("docs/calibration.md", "stablequant, keep", "stablequant, keep, 7 bits")]
    public void A_page_says_what_was_counted(string page, params string[] methods)
    {
        Dictionary<string, string> counted = Snippet.TextOf("tests/StableQuant.Benchmarks/Results/accuracy.tsv").TrimEnd('\n').Split('\n').Skip(1).Select(line => line.Split('\t'))
            .ToDictionary(fields => string.Join('\t', fields[..3]), fields => (100.0 * int.Parse(fields[3], CultureInfo.InvariantCulture) / int.Parse(fields[4], CultureInfo.InvariantCulture)).ToString("0.00", CultureInfo.InvariantCulture));
        counted.ShouldNotBeEmpty();
        string text = Snippet.TextOf(page);
        int start = text.IndexOf("<!-- accuracy: build/results.sh", StringComparison.Ordinal);
        string[][] said = [.. text[start..text.IndexOf("<!-- accuracy: end -->", StringComparison.Ordinal)].TrimEnd('\n').Split('\n')[3..].Select(line => line.Split('|').Select(cell => cell.Trim()).ToArray())];
        said.Length.ShouldBe(Rows.Length);
        for (int row = 0; row < Rows.Length; row++)
        {
            for (int column = 0; column < methods.Length; column++)
            {
                if (counted.TryGetValue($"{Rows[row].Model}\t{Rows[row].Speech}\t{methods[column]}", out string? rate))
                {
                    said[row][3 + column].ShouldBe(rate, $"{page}: {Rows[row]}, {methods[column]}");
                }
            }
        }
    }
}
