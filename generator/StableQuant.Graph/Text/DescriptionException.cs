namespace StableQuant.Graph.Text;

/// <summary>Ends the reading of a description at its first error.</summary>
/// <param name="error">The error.</param>
internal sealed class DescriptionException(DescriptionError error) : Exception(error.Message)
{
    /// <summary>The error.</summary>
    public DescriptionError Error { get; } = error;
}
