using StableQuant.Graph.Text;

namespace StableQuant.Generator.Tests.Text;

/// <summary>Lines and columns, from 1.</summary>
internal static class Places
{
    public static (int Line, int Column) Of(string text, int position)
    {
        int start = position == 0 ? 0 : text.LastIndexOf('\n', position - 1) + 1;
        return (text[..position].Count(c => c == '\n') + 1, position - start + 1);
    }

    /// <summary>An error's place is a line of the file, and on it, or right behind its end.</summary>
    public static void ShouldBeInside(DescriptionError error, string text)
    {
        string[] lines = text.Split('\n');
        error.Line.ShouldBeInRange(1, lines.Length);
        error.Column.ShouldBeInRange(1, lines[error.Line - 1].Length + 1);
        error.Length.ShouldBeInRange(1, Math.Max(1, lines[error.Line - 1].Length + 1 - (error.Column - 1)));
        error.Message.ShouldNotBeNullOrWhiteSpace();
    }
}
