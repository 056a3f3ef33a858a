using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using StableQuant.Graph.Text;

namespace StableQuant.Generator.Diagnostics;

/// <summary>A place in a file, comparable by value: a Roslyn location would keep its whole tree alive.</summary>
internal sealed record Place(string Path, TextSpan Span, LinePositionSpan Lines)
{
    /// <summary>The start of a file.</summary>
    public static Place StartOf(string path) => new(path, default, default);

    /// <summary>The place of an error in a description.</summary>
    public static Place Of(string path, DescriptionError error)
    {
        var start = new LinePosition(error.Line - 1, error.Column - 1);
        return new(path, default, new(start, new(start.Line, start.Character + error.Length)));
    }

    /// <summary>The place of something in the project's C#.</summary>
    public static Place Of(Location location) => new(location.SourceTree?.FilePath ?? "", location.SourceSpan, location.GetLineSpan().Span);

    public Location ToLocation() => Location.Create(Path, Span, Lines);
}
