using System.Globalization;
using StableQuant.Graph.Layout;

namespace StableQuant.Graph.Validation;

/// <summary>Checks what stands on one line of a description.</summary>
/// <param name="kind">See <see cref="GraphError"/>.</param>
/// <param name="index">See <see cref="GraphError"/>.</param>
internal readonly struct LineCheck(string kind, int index)
{
    /// <summary>An integer within bounds.</summary>
    public void Range(string key, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            throw Error(key, $"'{key}' must be an integer from {min} to {max}.");
        }
    }

    /// <summary>A number within bounds; NaN is not.</summary>
    public void Range(string key, double value, double min, double max)
    {
        if (!(value >= min && value <= max))
        {
            throw Error(key, string.Format(CultureInfo.InvariantCulture, "'{0}' must be a number from {1:G9} to {2:G9}.", key, min, max));
        }
    }

    /// <summary>A scale or an ε.</summary>
    public void Positive(string key, float value) => Range(key, value, GraphLimits.MinPositive, GraphLimits.MaxFactor);

    /// <summary>A SHA-256.</summary>
    public void Sha256(string key, string value)
    {
        if (!ModelValidator.IsSha256(value))
        {
            throw Error(key, $"'{key}' must be 64 lower-case hexadecimal digits.");
        }
    }

    /// <summary>A block of the weights file.</summary>
    public void Block(string key, WeightsFile weights, long offset, long bytes)
    {
        Range(key, offset, 0, long.MaxValue);
        if (offset % PanelLayout.Alignment != 0 || bytes > weights.Bytes || offset > weights.Bytes - bytes)
        {
            throw Error(key, $"'{key}' must be a multiple of {PanelLayout.Alignment}, and its {bytes} bytes must lie within the {weights.Bytes} bytes of the weights file.");
        }
    }

    /// <summary>An error on this line.</summary>
    public GraphException Error(string? part, string message) => new(new(kind, index, part, message));

    /// <summary>An error that is no line's: something is missing.</summary>
    public static GraphException Missing(string message) => new(new(GraphError.End, 0, null, message));
}
