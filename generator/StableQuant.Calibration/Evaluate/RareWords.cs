using StableQuant.Calibration.Speech;

namespace StableQuant.Calibration.Evaluate;

/// <summary>
/// Errors of rare words alone: names and terms, on which users judge a recogniser, and which the word error rate hardly shows. A rare word
/// of the reference that became another or is missing is an error, and so is one that was inserted.
/// </summary>
internal sealed class RareWords
{
    /// <summary>How often a rare word comes at most, unless somebody says otherwise.</summary>
    public const int Limit = 5;

    private readonly HashSet<string> rare;

    /// <summary>The words that come at most <paramref name="limit"/> times in all transcripts of a data set.</summary>
    public RareWords(IEnumerable<Utterance> utterances, int limit) => rare =
    [
        .. utterances.SelectMany(utterance => WordAlignment.Words(utterance.Transcript!))
            .GroupBy(word => word, StringComparer.Ordinal).Where(same => same.Count() <= limit).Select(same => same.Key),
    ];

    /// <summary>The errors of one utterance; its length is the number of rare words in the reference.</summary>
    public ErrorRate Errors(UtteranceResult utterance)
    {
        IReadOnlyList<AlignedWords> columns = WordAlignment.Of(utterance.Utterance.Transcript!, utterance.Transcript.Text).Columns;
        AlignedWords[] said = [.. columns.Where(column => column.Reference is { } word && rare.Contains(word))];
        return new ErrorRate(
            said.Count(column => column.IsWrong(0) && column.Heard[0] is not null),
            columns.Count(column => column.Reference is null && rare.Contains(column.Heard[0]!)),
            said.Count(column => column.Heard[0] is null),
            said.Length);
    }
}
