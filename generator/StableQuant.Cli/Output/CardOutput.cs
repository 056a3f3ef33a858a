using System.Globalization;
using StableQuant.Calibration.Prove;

namespace StableQuant.Cli.Output;

/// <summary>A model card in a terminal.</summary>
internal static class CardOutput
{
    /// <summary>Writes it to standard output.</summary>
    public static void Write(ModelCard card)
    {
        var table = new TextTable("", "WER", "CER", "rare-word WER", "bytes", "real-time factor");
        foreach (CardRow row in (CardRow[])[card.Float, card.Quantized])
        {
            table.Add(
                row.Name, Interval(row.Wer, Rate.Percent), Interval(row.Cer, Rate.Percent), Interval(row.RareWer, Rate.Percent),
                row.Bytes.ToString(CultureInfo.InvariantCulture), row.RealTimeFactor.ToString("0.0000", CultureInfo.InvariantCulture));
        }

        table.Add(["change, points", .. card.Change.Select(change => Interval(change, Rate.Points))]);
        Console.Out.Write(table);
        Console.Out.WriteLine();
        TextLines.Write(card.Notes());
        foreach ((string name, string value) in card.Receipt())
        {
            TextLines.Write($"{name}: {value}");
        }
    }

    private static string Interval(RateInterval rate, Func<double, string> text) => $"{text(rate.Value)} ({text(rate.Low)} … {text(rate.High)})";
}
