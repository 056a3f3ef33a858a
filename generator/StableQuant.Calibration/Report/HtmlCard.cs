using StableQuant.Calibration.Prove;

namespace StableQuant.Calibration.Report;

/// <summary>A model card as one HTML page.</summary>
public static class HtmlCard
{
    /// <summary>The page, well-formed as XML, too.</summary>
    public static string Render(ModelCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        return Page.Of($"{card.Model} in int8", $"""
            <header>
            <p class="eyebrow">StableQuant model card</p>
            <h1>{card.Model} <span>in int8</span></h1>
            <p class="lede">Judged on <b>{card.Judged.Name}</b>: {Figures.Count(card.Judged.Utterances)} utterances, {Figures.Count(card.Judged.Words)} words.</p>
            </header>
            <main>
            <div class="scroll" tabindex="0" role="region" aria-label="Both models"><table>
            <thead><tr><th scope="col">model</th><th scope="col" class="n">WER</th><th scope="col" class="n">CER</th><th scope="col" class="n">rare-word WER</th><th scope="col" class="n">size</th><th scope="col" class="n">real-time factor</th></tr></thead>
            <tbody>
            {Row(card.Float)}{Row(card.Quantized)}<tr><th scope="row">change</th>{card.Change.Select(Change)}<td class="n">{Figures.Ratio((double)card.Quantized.Bytes / card.Float.Bytes)}</td><td class="n">{(card.Quantized.RealTimeFactor > 0 ? Figures.Times(card.Float.RealTimeFactor / card.Quantized.RealTimeFactor) + " as fast" : "–")}</td></tr>
            </tbody></table></div>
            <p>In brackets 95 % intervals (bootstrap over utterances, 1000 resamples, fixed seed); changes are in points. {card.Notes()}</p>
            <section id="receipt">
            <h2>Receipt</h2>
            <dl class="origin">
            {card.Receipt().Select(line => (Html)$"<dt>{line.Name}</dt><dd>{line.Value}</dd>\n")}</dl>
            </section>
            </main>
            """);
    }

    private static Html Row(CardRow row) => $"""
        <tr><th scope="row">{row.Name}</th>{Rate(row.Wer)}{Rate(row.Cer)}{Rate(row.RareWer)}<td class="n">{Figures.Bytes(row.Bytes)}</td><td class="n">{Figures.Factor(row.RealTimeFactor)}</td></tr>

        """;

    private static Html Rate(RateInterval rate) => $"""<td class="n"><b>{Figures.Percent(rate.Value)}</b> <span class="interval">({Figures.Percent(rate.Low)} … {Figures.Percent(rate.High)})</span></td>""";

    private static Html Change(RateInterval rate) => $"""<td class="n">{Figures.Points(rate.Value)} <span class="interval">({Figures.Points(rate.Low)} … {Figures.Points(rate.High)})</span></td>""";
}
