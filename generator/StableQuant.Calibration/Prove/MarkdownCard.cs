using System.Globalization;
using System.Text;
using StableQuant.Calibration.Evaluate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Prove;

/// <summary>A model card as Markdown, for a repository or a model's page.</summary>
public static class MarkdownCard
{
    /// <summary>The card.</summary>
    public static string Render(ModelCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"# {Plain(card.Model)} in int8");
        Line($"");
        Line($"| model | WER % | CER % | rare-word WER % | size, MB | real-time factor |");
        Line($"|---|---|---|---|---|---|");
        foreach (CardRow row in (CardRow[])[card.Float, card.Quantized])
        {
            Line($"| {row.Name} | {Rate(row.Rates.Wer)} | {Rate(row.Rates.Cer)} | {Rate(row.Rates.RareWer)} | {row.Bytes / 1e6:0.0} | {row.RealTimeFactor:0.0000} |");
        }

        Line($"| change, points | {Change(card.Change.Wer)} | {Change(card.Change.Cer)} | {Change(card.Change.RareWer)} | {(double)card.Quantized.Bytes / card.Float.Bytes:0.00} × | {(card.Quantized.RealTimeFactor > 0 ? card.Float.RealTimeFactor / card.Quantized.RealTimeFactor : 0):0.0} × as fast |");
        Line($"");
        Line($"In brackets 95 % intervals (bootstrap over utterances, 1000 resamples, fixed seed). {card.Notes()}");
        Line($"");
        Line($"| receipt | |");
        Line($"|---|---|");
        foreach ((string name, string value) in card.Receipt())
        {
            Line($"| {name} | {Plain(value)} |");
        }

        return text.ToString();
    }

    private static string Rate(RateInterval? of) => of is not { } rate ? "–" : string.Create(CultureInfo.InvariantCulture, $"{100 * rate.Value:0.00} ({100 * rate.Low:0.00} … {100 * rate.High:0.00})");

    private static string Change(RateInterval? of) =>
        of is not { } rate ? "–" : string.Create(CultureInfo.InvariantCulture, $"{100 * rate.Value:+0.00;-0.00;0.00} ({100 * rate.Low:+0.00;-0.00;0.00} … {100 * rate.High:+0.00;-0.00;0.00})");

    // Names of files and data sets are anyone's: they end no cell, and are no markup.
    private static string Plain(string text) => string.Concat(PlainText.Of(text).Select(c => "\\`*_[]<>|#&!".Contains(c, StringComparison.Ordinal) ? $"\\{c}" : $"{c}"));
}
