using System.Globalization;

namespace StableQuant.Calibration.Calibrate;

/// <summary>Bits of a model's weights.</summary>
/// <param name="Fixed">
/// 8, the default; 7 for programs that run on x64 processors without an int8 dot product, where only products of weights of −63 … 63 can be
/// summed in pairs in int16 whatever the inputs are; 4 or 3, in which they are stored; null where each layer gets what it needs.
/// </param>
public sealed record WeightBits(int? Fixed)
{
    /// <summary>The text of those that are chosen layer by layer.</summary>
    public const string Automatic = "auto";

    /// <summary>8 bits.</summary>
    public static WeightBits Eight { get; } = new(8);

    /// <summary>All that there are, as text.</summary>
    public static IReadOnlyList<string> Names { get; } = ["8", "7", "4", "3", Automatic];

    /// <summary>The bits that the search of grids takes, which judges activations: 8 in place of fewer than 7.</summary>
    public int OfSearch => Fixed == 7 ? 7 : 8;

    /// <summary>The bits in which weights are stored; none where they are int8.</summary>
    public IReadOnlyList<int> Stored => Fixed switch { null => [4, 3], < 7 and int bits => [bits], _ => [] };

    /// <summary>Reads one of <see cref="Names"/>.</summary>
    public static WeightBits Parse(string name) => new(name == Automatic ? null : int.Parse(name, CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public override string ToString() => Fixed?.ToString(CultureInfo.InvariantCulture) ?? Automatic;
}
