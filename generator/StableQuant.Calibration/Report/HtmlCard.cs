using StableQuant.Calibration.Evaluate;
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
            <div class="scroll" tabindex="0" role="region" aria-label="Both models"><table class="card">
            <thead><tr><td></td><th scope="col" class="n">{card.Float.Name}</th><th scope="col" class="n">{card.Quantized.Name}</th><th scope="col" class="n">change</th></tr></thead>
            <tbody>
            {Rates("WER", card, rates => rates.Wer)}{Rates("CER", card, rates => rates.Cer)}{Rates("rare-word WER", card, rates => rates.RareWer)}<tr><th scope="row">size</th><td class="n">{Figures.Bytes(card.Float.Bytes)}</td><td class="n">{Figures.Bytes(card.Quantized.Bytes)}</td><td class="n">{Figures.Ratio((double)card.Quantized.Bytes / card.Float.Bytes)}</td></tr>
            <tr><th scope="row">real-time factor</th><td class="n">{Figures.Factor(card.Float.RealTimeFactor)}</td><td class="n">{Figures.Factor(card.Quantized.RealTimeFactor)}</td><td class="n">{(card.Quantized.RealTimeFactor > 0 ? Figures.Times(card.Float.RealTimeFactor / card.Quantized.RealTimeFactor) + " as fast" : "–")}</td></tr>
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

    private static Html Rates(string name, ModelCard card, Func<CardRates, RateInterval?> of) => $"""
        <tr><th scope="row">{name}</th>{Rate(of(card.Float.Rates))}{Rate(of(card.Quantized.Rates))}{Change(of(card.Change))}</tr>

        """;

    private static Html Rate(RateInterval? of) => of is not { } rate ? (Html)$"<td class=\"n\">–</td>"
        : (Html)$"<td class=\"n\"><b>{Figures.Percent(rate.Value)}</b> <span class=\"interval\">({Figures.Hundredths(rate.Low)} … {Figures.Hundredths(rate.High)})</span></td>";

    private static Html Change(RateInterval? of) => of is not { } rate ? (Html)$"<td class=\"n\">–</td>"
        : (Html)$"<td class=\"n\">{Figures.Points(rate.Value)} <span class=\"interval\">({Figures.Points(rate.Low)} … {Figures.Points(rate.High)})</span></td>";
}
