namespace StableQuant.Graph.Validation;

/// <summary>What is wrong with a graph, and where: the text layer knows line and column of each part.</summary>
/// <param name="Line">The kind of line concerned: a head line's first word, <see cref="Operation"/>, or <see cref="End"/>.</param>
/// <param name="Index">Which line of this kind, from 0.</param>
/// <param name="Part">The part of the line: a key, <see cref="Name"/>, an <see cref="Input"/>; or null for all of it.</param>
/// <param name="Message">What is wrong, and the mend.</param>
public sealed record GraphError(string Line, int Index, string? Part, string Message)
{
    /// <summary>An operation's line.</summary>
    public const string Operation = "operation";

    /// <summary>Behind the last line: what is missing.</summary>
    public const string End = "end";

    /// <summary>An operation's name.</summary>
    public const string Name = "name";

    /// <summary>An operation's input.</summary>
    /// <param name="index">Which one, from 0.</param>
    public static string Input(int index) => FormattableString.Invariant($"input {index}");
}

/// <summary>Ends a validation at its first error.</summary>
/// <param name="error">The error.</param>
internal sealed class GraphException(GraphError error) : Exception(error.Message)
{
    /// <summary>The error.</summary>
    public GraphError Error { get; } = error;
}
