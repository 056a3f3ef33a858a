namespace StableQuant.Graph.Text;

/// <summary>An error in a description, and where it stands.</summary>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column of the first character, from 1.</param>
/// <param name="Length">Number of characters concerned; at least 1.</param>
/// <param name="Message">What is wrong, and the mend.</param>
/// <param name="IsNewerFormat">Whether a later version of this code could read the description.</param>
public sealed record DescriptionError(int Line, int Column, int Length, string Message, bool IsNewerFormat = false)
{
    /// <inheritdoc/>
    public override string ToString() => $"line {Line}, column {Column}: {Message}";
}
