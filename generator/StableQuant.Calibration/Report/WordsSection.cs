using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;

namespace StableQuant.Calibration.Report;

/// <summary>The utterances where quantizing changed words, word under word.</summary>
internal static class WordsSection
{
    // Lines of aligned words that are shown of a set; what takes more is folded away.
    private const int MaxLines = 24;

    public static Html Write(IReadOnlyList<ReportedRun> runs) => $"""
        <section id="words">
        <h2>The words that changed</h2>
        <p>Utterances where an int8 model hears other words than the float model. Words that differ from the reference are <mark>marked</mark>; <mark>–</mark> is a word left out.</p>
        {runs[0].Result.Sets.Select((_, set) => Set(runs, set))}</section>

        """;

    /// <summary>The utterances of a set where float's and int8's words differ.</summary>
    public static IEnumerable<int> Changed(MeasuredSet set) =>
        Enumerable.Range(0, set.Float.Utterances.Count).Where(i => !SameWords(set.Float.Utterances[i], set.Quantized.Utterances[i]));

    private static bool SameWords(UtteranceResult first, UtteranceResult second) =>
        ScoringText.Normalize(first.Transcript.Text) == ScoringText.Normalize(second.Transcript.Text);

    private static Html Set(IReadOnlyList<ReportedRun> runs, int index)
    {
        MeasuredSet first = runs[0].Result.Sets[index];
        int[][] changed = [.. runs.Select(run => Changed(run.Result.Sets[index]).ToArray())];
        Html Utterance(int utterance) => Aligned(
            first.Float.Utterances[utterance],
            [.. runs.Where((_, run) => changed[run].Contains(utterance)).Select(run => (runs.Count == 1 ? "int8" : run.Method, run.Result.Sets[index].Quantized.Utterances[utterance]))]);
        Html Count(ReportedRun run, int i) => $"""
            <li>{(runs.Count > 1 ? (Html)$"<em>{run.Method}</em>: " : Html.None)}<b>{Figures.Count(changed[i].Length)} of {Figures.Count(first.Float.Utterances.Count)} utterances differ</b></li>
            """;
        int[] all = [.. changed.SelectMany(i => i).Distinct().Order()];
        int shown = Math.Max(2, MaxLines / (runs.Count + 2));
        return $"""
            <h3>{first.Measurement.Data} <small>{first.Measurement.Role}</small></h3>
            <ul class="counts">{runs.Select(Count)}</ul>
            {all.Take(shown).Select(Utterance)}
            {(all.Length <= shown ? Html.None : (Html)$"<details class=\"more\"><summary>{Figures.Count(all.Length - shown)} more utterances</summary>{all.Skip(shown).Select(Utterance)}</details>\n")}
            """;
    }

    // Rows of the table are positions, so that a screen reader reads word by word; the style sheet stands them up as columns.
    private static Html Aligned(UtteranceResult before, IReadOnlyList<(string Name, UtteranceResult Result)> after)
    {
        IReadOnlyList<(string Name, UtteranceResult Result)> heard = [("float", before), .. after];
        string reference = before.Utterance.Transcript ?? "";
        WordAlignment alignment = WordAlignment.Of(reference, [.. heard.Select(h => h.Result.Transcript.Text)]);
        Html Cell(AlignedWords words, int model) =>
            !words.IsWrong(model) ? $"<td>{words.Heard[model]}</td>" : (Html)$"<td><mark>{words.Heard[model] ?? "–"}</mark></td>";
        Html Column(AlignedWords words) => $"<tr><td>{words.Reference}</td>{heard.Select((_, model) => Cell(words, model))}</tr>";
        return $"""
            <table class="words"><caption><code>{before.Utterance.Id}</code> <span>{string.Join(", ", heard.Select(h => $"{h.Name} {h.Result.WordErrors.Errors}"))} of {before.WordErrors.Length} wrong</span></caption>
            <thead><tr><th scope="col">reference</th>{heard.Select(h => (Html)$"<th scope=\"col\">{h.Name}</th>")}</tr></thead>
            <tbody>{alignment.Columns.Select(Column)}</tbody></table>

            """;
    }
}
