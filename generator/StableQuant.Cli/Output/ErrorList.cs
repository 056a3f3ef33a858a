using System.Globalization;
using System.Text;
using StableQuant.Calibration.Evaluate;
using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>The utterances that a model got wrong: reference and hypothesis, word under word.</summary>
internal static class ErrorList
{
    /// <summary>What stands for a word that is missing.</summary>
    private const string Gap = "***";

    /// <summary>The list as text: what comes from a file does nothing to a terminal.</summary>
    public static string Text(EvaluationResult result)
    {
        var text = new StringBuilder();
        foreach (UtteranceResult utterance in Wrong(result))
        {
            var rows = new TextTable();
            AlignedWords[] columns = [.. Columns(utterance)];
            rows.Add(["  reference", .. columns.Select(c => c.Reference ?? Gap)]);
            rows.Add(["  hypothesis", .. columns.Select(c => c.Heard[0] ?? Gap)]);
            rows.Add(["", .. columns.Select(Kind)]);
            text.Append(CultureInfo.InvariantCulture, $"{PlainText.Of(utterance.Utterance.Id)}: {utterance.WordErrors.Errors} wrong of {utterance.WordErrors.Length} words\n").Append(rows).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The list for JSON.</summary>
    public static IEnumerable<object> Json(EvaluationResult result) => Wrong(result).Select(utterance => new
    {
        utterance.Utterance.Id,
        Reference = utterance.Utterance.Transcript,
        Hypothesis = utterance.Transcript.Text,
        utterance.WordErrors.Substitutions,
        utterance.WordErrors.Insertions,
        utterance.WordErrors.Deletions,
        Words = Columns(utterance).Select(column => new { column.Reference, Hypothesis = column.Heard[0] }),
    });

    private static IEnumerable<UtteranceResult> Wrong(EvaluationResult result) => result.Utterances.Where(u => u.WordErrors.Errors > 0);

    private static IReadOnlyList<AlignedWords> Columns(UtteranceResult utterance) =>
        WordAlignment.Of(utterance.Utterance.Transcript ?? "", utterance.Transcript.Text).Columns;

    private static string Kind(AlignedWords words) => !words.IsWrong(0) ? "" : words.Reference is null ? "inserted" : words.Heard[0] is null ? "deleted" : "replaced";
}
