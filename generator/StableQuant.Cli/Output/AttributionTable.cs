using StableQuant.Calibration.Calibrate;
using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>Which parts of a model make it differ from float on the probe.</summary>
internal static class AttributionTable
{
    /// <summary>Writes it to standard output; nothing where nobody asked.</summary>
    public static void Write(CalibrationResult result)
    {
        if (result.Attribution.Count == 0)
        {
            return;
        }

        var table = new TextTable("quantized alone, all else float", "", $"{result.Probe!.Measurement.Kind.Items()} that differ", "divergence");
        foreach (AttributedPart part in result.Attribution)
        {
            table.Add(part.Layer ?? "all layers", part.OperandWords, Rate.Percent(part.Differing.Rate), Rate.Scientific(part.Divergence));
        }

        TextLines.Write($"What makes the difference on {result.Probe!.Measurement.Data}:");
        Console.Out.Write(table);
        Console.Out.WriteLine();
    }

    /// <summary>The same for JSON.</summary>
    public static object Json(IEnumerable<AttributedPart> parts) =>
        parts.Select(part => new { part.Layer, Operand = part.Operand?.ToString(), Differing = part.Differing.Rate, part.Divergence });
}
