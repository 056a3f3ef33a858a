using System.Text;
using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>A table in aligned columns of plain text, fit for a terminal and for grep alike.</summary>
internal sealed class TextTable(params string[] headings)
{
    private readonly List<string[]> rows = headings.Length > 0 ? [headings] : [];

    /// <summary>Adds a row. What comes from a file does nothing to a terminal.</summary>
    public void Add(params string[] cells) => rows.Add([.. cells.Select(PlainText.Of)]);

    /// <inheritdoc/>
    public override string ToString()
    {
        int[] widths = [.. Enumerable.Range(0, rows.Max(row => row.Length)).Select(column => rows.Max(row => row.Length > column ? row[column].Length : 0))];
        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            string line = string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column])));
            text.Append(line.TrimEnd()).Append('\n');
        }

        return text.ToString();
    }
}
