namespace StableQuant.Graph;

/// <summary>The integer type of a quantized value.</summary>
public enum QuantizedType
{
    /// <summary>Unsigned, 0 … 255, with a zero point: the activations of a product.</summary>
    U8,

    /// <summary>Signed and symmetric, −127 … 127: keys and values of an attention, which stand where weights stand.</summary>
    S8,
}

/// <summary>What happens to values beyond the grid.</summary>
public enum Outliers
{
    /// <summary>They become the nearest end of the grid, as in the paper.</summary>
    Clip,

    /// <summary>They are kept as an exact integer remainder, which products add.</summary>
    Keep,
}

/// <summary>
/// The point where a value enters integer products: q = clamp(roundToEven(x · (1/scale)) + zero point). Each value is
/// quantized once, however many products read it.
/// </summary>
/// <param name="Name">See <see cref="Operation"/>.</param>
/// <param name="Input">The value quantized.</param>
/// <param name="Type">The integer type.</param>
/// <param name="Scale">Size of one step; positive.</param>
/// <param name="ZeroPoint">The integer that stands for 0; 0 where <paramref name="Type"/> is <see cref="QuantizedType.S8"/>.</param>
/// <param name="Outliers">What happens to values beyond the grid; keys, values and queries of an attention are clipped.</param>
/// <param name="Percentile">Share of the calibration values, in percent, that the grid covers.</param>
/// <param name="Why">How the percentile was chosen, for people.</param>
public sealed record Quantize(
    string Name, string Input, QuantizedType Type, float Scale, int ZeroPoint, Outliers Outliers, double Percentile, string Why)
    : Operation(Name, "")
{
    /// <summary>
    /// Whether a number between −1/2 and 1/2, another one for each element, is added to x · (1/scale) before it is rounded, so that what is less than a step is kept on
    /// average; only where <see cref="Type"/> is <see cref="QuantizedType.U8"/>.
    /// </summary>
    public bool IsDithered { get; init; }

    /// <summary>The kind's name.</summary>
    public const string KindName = "quantize";

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override EquatableArray<string> Inputs => new([Input]);
}
