using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>C# for the numbers of grids: constants, or where weights are mounted what these say.</summary>
internal static class GridText
{
    public static string Scale(QuantizedBuffer value) => Mounted(value) is { } grid ? grid + ".Scale" : SourceWriter.Literal(value.Grid.Scale);

    public static string InverseScale(QuantizedBuffer value) => Mounted(value) is { } grid ? grid + ".InverseScale" : SourceWriter.Literal(1f / value.Grid.Scale);

    /// <summary>Signed grids have none.</summary>
    public static string ZeroPoint(QuantizedBuffer value) =>
        value.Grid.Type == QuantizedType.U8 && Mounted(value) is { } grid ? grid + ".ZeroPoint" : $"{value.Grid.ZeroPoint}";

    /// <summary>The zero point as a byte.</summary>
    public static string Zero(QuantizedBuffer value) => MountedZero(value) ? $"(byte){ZeroPoint(value)}" : ZeroPoint(value);

    /// <summary>The factor of a product of two values: in double, rounded to float32 once.</summary>
    public static string Factor(QuantizedBuffer one, QuantizedBuffer other, float scale) => Mounted(one) is null
        ? SourceWriter.Literal((float)((double)one.Grid.Scale * other.Grid.Scale * scale))
        : $"(float)((double){Scale(one)} * {Scale(other)} * {SourceWriter.Literal(scale)})";

    private static bool MountedZero(QuantizedBuffer value) => value is { Grid.Type: QuantizedType.U8, MountedGrid: not null };

    private static string? Mounted(QuantizedBuffer value) => value.MountedGrid is { } number ? $"work.Grids[{number}]" : null;
}
