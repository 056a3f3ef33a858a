using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>
/// A figure of one model on a data set. It can be worked out of any of its utterances, some of them several times, which is what an interval is found by
/// (<see cref="Bootstrap"/>).
/// </summary>
/// <param name="Name">What it is called in receipts and JSON.</param>
/// <param name="Of">The figure, a fraction, of utterances by their places.</param>
public sealed record ErrorFigure(string Name, Func<int[], double> Of)
{
    // Of so many utterances one is among the worst.
    private const int OneOf = 100;

    private const string Rare = "rare-wer", Worst = "worst-", Apart = "differing";

    /// <summary>
    /// A model's figures: its error rate; of words errors of the rare ones, which the transcripts have at most <see cref="RareWords.Limit"/> times, where there
    /// are any; and the error rate of the worst hundredth of the utterances. A label is right or wrong, so that labels have no worst ones.
    /// </summary>
    /// <param name="result">What the model answered.</param>
    public static IReadOnlyList<ErrorFigure> All(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        MeasureKind kind = result.Measure.Kind;
        ErrorRate[] errors = [.. result.Utterances.Select(u => u.WordErrors)];
        var figures = new List<ErrorFigure> { OfAll(kind.Key(), errors) };
        if (kind == MeasureKind.Words)
        {
            var words = new RareWords(result.Utterances.Select(u => u.Utterance), RareWords.Limit);
            ErrorRate[] rare = [.. result.Utterances.Select(words.Errors)];
            figures.AddRange(rare.Any(e => e.Length > 0) ? [OfAll(Rare, rare)] : []);
        }

        figures.AddRange(kind == MeasureKind.Labels ? [] : [OfWorst(Worst + kind.Key(), errors)]);
        return figures;
    }

    /// <summary>The figures of one model against another: what differs from its answers, of all utterances and of the worst hundredth.</summary>
    /// <param name="reference">What the other model answered; its words are counted.</param>
    /// <param name="result">What the model answered to the same.</param>
    public static IReadOnlyList<ErrorFigure> Differing(EvaluationResult reference, EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(result);
        ErrorRate[] apart = [.. reference.Utterances.Zip(result.Utterances, (r, u) => reference.Measure.Errors(r.Transcript.Text, u.Transcript.Text))];
        return [OfAll(Apart, apart), .. reference.Measure.Kind == MeasureKind.Labels ? Array.Empty<ErrorFigure>() : [OfWorst(Worst + Apart, apart)]];
    }

    /// <summary>What a figure is, in words.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">What is counted.</param>
    public static string Words(string name, MeasureKind kind)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == Rare)
        {
            return $"errors of rare words, at most {RareWords.Limit} times in the transcripts";
        }

        string of = name.EndsWith(Apart, StringComparison.Ordinal) ? $"{kind.Items()} that differ from float's" : kind.Rate();
        return name.StartsWith(Worst, StringComparison.Ordinal) ? $"{of}, worst 1 % of the utterances" : of;
    }

    private static ErrorFigure OfAll(string name, ErrorRate[] errors) => new(name, drawn => Bootstrap.Rate(errors, drawn));

    // Of equally bad ones the longer are worse.
    private static ErrorFigure OfWorst(string name, ErrorRate[] errors)
    {
        int[] worstFirst = [.. Enumerable.Range(0, errors.Length).OrderByDescending(u => errors[u].Rate).ThenByDescending(u => errors[u].Length)];
        return new(name, drawn =>
        {
            var times = new int[errors.Length];
            foreach (int utterance in drawn)
            {
                times[utterance]++;
            }

            int left = (drawn.Length + OneOf - 1) / OneOf;
            return Bootstrap.Rate(errors, [.. worstFirst.SelectMany(u => Enumerable.Repeat(u, times[u])).Take(left)]);
        });
    }
}
