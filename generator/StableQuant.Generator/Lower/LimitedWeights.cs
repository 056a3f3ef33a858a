using StableQuant.Graph;

namespace StableQuant.Generator.Lower;

/// <summary>An int8 product's constants, and where what proves that sums of products fit int16 is put when they are loaded.</summary>
/// <param name="Stored">What the weights file holds.</param>
/// <param name="Limits">Where the proof lies, in the memory that <see cref="ExpandedWeights"/> share.</param>
internal sealed record LimitedWeights(PackedInt8 Stored, long Limits) : PackedIntegers(Stored.Weights, Stored.Multipliers, Stored.Bias);
