using System.Globalization;
using StableQuant.Calibration.Evaluate;
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
                row.Name, Interval(row.Rates.Wer, Rate.Percent), Interval(row.Rates.Cer, Rate.Percent), Interval(row.Rates.RareWer, Rate.Percent),
                row.Bytes.ToString(CultureInfo.InvariantCulture), row.RealTimeFactor.ToString("0.0000", CultureInfo.InvariantCulture));
        }

        table.Add("change, points", Interval(card.Change.Wer, Rate.Points), Interval(card.Change.Cer, Rate.Points), Interval(card.Change.RareWer, Rate.Points));
        Console.Out.Write(table);
        Console.Out.WriteLine();
        TextLines.Write(card.Notes());
        foreach ((string name, string value) in card.Receipt())
        {
            TextLines.Write($"{name}: {value}");
        }
    }

    private static string Interval(RateInterval? of, Func<double, string> text) => of is not { } rate ? "–" : $"{text(rate.Value)} ({text(rate.Low)} … {text(rate.High)})";
}
