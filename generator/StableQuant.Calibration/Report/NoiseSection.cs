using StableQuant.Calibration.Evaluate;

namespace StableQuant.Calibration.Report;

/// <summary>What the models hear where nothing is said.</summary>
internal static class NoiseSection
{
    public static Html Write(IReadOnlyList<ReportedRun> runs) => runs[0].Result.Noise.Count == 0 ? Html.None : (Html)$"""
        <section id="noise">
        <h2>Silence and noise</h2>
        <p>What each model hears in {NoiseSounds.Seconds} s of a sound without speech, taken as one utterance: nothing is best. Recognisers that cut recordings at pauses leave
        such sounds out before the model hears them.</p>
        <div class="scroll" tabindex="0" role="region" aria-label="Text heard in silence and noise"><table>
        <thead><tr><th scope="col">sound</th><th scope="col">float</th>{runs.Select(run => (Html)$"<th scope=\"col\">{run.Method}</th>")}</tr></thead>
        <tbody>
        {runs[0].Result.Noise.Select((heard, sound) => Row(runs, heard, sound))}</tbody></table></div>
        </section>

        """;

    private static Html Row(IReadOnlyList<ReportedRun> runs, HeardInNoise heard, int sound) => $"""
        <tr><th scope="row">{heard.Sound}</th><td>{Shown(heard.Float)}</td>{runs.Select(run => (Html)$"<td>{Shown(run.Result.Noise[sound].Quantized)}</td>")}</tr>

        """;

    // A line of a table has no room for more.
    private static string Shown(string text) => text.Length == 0 ? "–" : text.Length <= 24 ? text : text[..23] + "…";
}
