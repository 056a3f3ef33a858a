namespace StableQuant.Calibration.Import.Tensors;

/// <summary>
/// Why one node cannot be evaluated or recognised. The tracer adds the file, and the node at hand unless
/// <paramref name="place"/> names an earlier one that is the cause, and reports it as an <see cref="ImportException"/>.
/// </summary>
internal sealed class OperatorException(string why, string? place = null) : Exception(why)
{
    /// <summary>The node that is the cause; null for the one at hand.</summary>
    public string? Place { get; } = place;

    /// <summary>Refuses the node unless a condition holds.</summary>
    public static void Require(bool holds, string why)
    {
        if (!holds)
        {
            throw new OperatorException(why);
        }
    }
}
