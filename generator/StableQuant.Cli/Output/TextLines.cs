using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>Lines on standard output that are no table: fields, with tabs between them.</summary>
internal static class TextLines
{
    /// <summary>Writes one line. What comes from a file does nothing to a terminal, and neither ends the line nor begins a field.</summary>
    public static void Write(params IEnumerable<string> fields) => Console.Out.WriteLine(string.Join('\t', fields.Select(PlainText.Of)));
}
