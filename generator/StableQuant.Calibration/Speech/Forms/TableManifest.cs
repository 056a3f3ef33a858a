namespace StableQuant.Calibration.Speech.Forms;

/// <summary>
/// A table whose first line names its columns: Common Voice's <c>.tsv</c>, whose clips lie in the folder <c>clips</c> beside it, a
/// <c>metadata.csv</c> and the like.
/// </summary>
internal static class TableManifest
{
    private static readonly char[] Delimiters = ['\t', ',', ';', '|'];

    /// <summary>What is between the columns; null where the line is no header that is known.</summary>
    /// <param name="firstLine">The first line.</param>
    public static char? DelimiterOf(string firstLine) =>
        Delimiters.Where(delimiter => Columns.AreKnown(Names(firstLine, delimiter))).Select(delimiter => (char?)delimiter).FirstOrDefault();

    public static SpeechList Read(string file, char delimiter)
    {
        SpeechList? list = null;
        Columns? columns = null;
        string[] names = [];
        foreach ((int line, string[] fields) in DelimitedText.Rows(ManifestText.All(file), delimiter))
        {
            if (list is null)
            {
                names = [.. fields.Select(name => name.Trim())];
                columns = Columns.Find(file, names);
                list = new SpeechList($"a table with a header, {columns}");
            }
            else if (fields.Length != names.Length)
            {
                list.AddBad(ManifestText.Place(file, line), $"has {fields.Length} columns, the header {names.Length}.");
            }
            else
            {
                columns!.Read(list, file, ManifestText.Place(file, line), name =>
                    Array.FindIndex(names, n => n.Equals(name, StringComparison.OrdinalIgnoreCase)) is >= 0 and int i ? fields[i] : null);
            }
        }

        return list ?? new SpeechList("a table");
    }

    private static string[] Names(string line, char delimiter) =>
        [.. DelimitedText.Rows(line, delimiter).SelectMany(row => row.Fields).Select(name => name.Trim())];
}
