namespace StableQuant.Calibration.Evaluate;

/// <summary>
/// What was said and what one or several models heard, word under word. Each model's words are aligned with the reference
/// by the alignment that <see cref="ErrorRate"/> counts; words that the reference lacks get columns of their own, which the
/// models share where they heard the same.
/// </summary>
/// <param name="Columns">The columns, in the order of the words.</param>
public sealed record WordAlignment(IReadOnlyList<AlignedWords> Columns)
{
    /// <summary>Aligns texts, made comparable by <see cref="ScoringText"/>.</summary>
    /// <param name="reference">What was said.</param>
    /// <param name="heard">What each model heard.</param>
    public static WordAlignment Of(string reference, params IReadOnlyList<string> heard)
    {
        string[] said = Words(reference);
        List<(string? Reference, string? Heard)>[] pairs = [.. heard.Select(text => Align(said, Words(text)))];
        var columns = new List<AlignedWords>();
        var next = new int[pairs.Length];
        for (int word = 0; word <= said.Length; word++)
        {
            columns.AddRange(Inserted([.. pairs.Select((of, model) => InsertedAt(of, ref next[model]))]));
            if (word < said.Length)
            {
                columns.Add(new AlignedWords(said[word], [.. pairs.Select((of, model) => of[next[model]++].Heard)]));
            }
        }

        return new WordAlignment(columns);
    }

    /// <summary>The comparable words of a text.</summary>
    public static string[] Words(string text) => ScoringText.Words(ScoringText.Normalize(text));

    private static List<string> InsertedAt(List<(string? Reference, string? Heard)> pairs, ref int next)
    {
        var inserted = new List<string>();
        for (; next < pairs.Count && pairs[next].Reference is null; next++)
        {
            inserted.Add(pairs[next].Heard!);
        }

        return inserted;
    }

    // Model after model: each one's words go where the ones before have the same word, else beside them.
    private static List<AlignedWords> Inserted(List<string>[] models)
    {
        var columns = new List<string?[]>();
        for (int model = 0; model < models.Length; model++)
        {
            string[] before = [.. columns.Select(column => column.First(word => word is not null)!)];
            List<string?[]> merged = [];
            int column = 0;
            foreach ((string? known, string? word) in Align(before, [.. models[model]]))
            {
                string?[] cells = known is null ? new string?[models.Length] : columns[column++];
                cells[model] = word;
                merged.Add(cells);
            }

            columns = merged;
        }

        return [.. columns.Select(cells => new AlignedWords(null, cells))];
    }

    /// <summary>The pairs of the best alignment; null stands opposite a word that only the other text has.</summary>
    private static List<(string? Reference, string? Heard)> Align(string[] reference, string[] heard)
    {
        // errors[i, j]: of the best alignment of the first i words with the first j, as ErrorRate counts.
        var errors = new ErrorRate[reference.Length + 1, heard.Length + 1];
        ErrorRate Pair(int i, int j) =>
            reference[i - 1] == heard[j - 1] ? errors[i - 1, j - 1] : errors[i - 1, j - 1] with { Substitutions = errors[i - 1, j - 1].Substitutions + 1 };
        ErrorRate Deletion(int i, int j) => errors[i - 1, j] with { Deletions = errors[i - 1, j].Deletions + 1 };
        ErrorRate Insertion(int i, int j) => errors[i, j - 1] with { Insertions = errors[i, j - 1].Insertions + 1 };
        for (int i = 0; i <= reference.Length; i++)
        {
            for (int j = 0; j <= heard.Length; j++)
            {
                errors[i, j] = (i, j) switch
                {
                    (0, 0) => default,
                    (0, _) => Insertion(i, j),
                    (_, 0) => Deletion(i, j),
                    _ => ErrorRate.Better(ErrorRate.Better(Pair(i, j), Deletion(i, j)), Insertion(i, j)),
                };
            }
        }

        var pairs = new List<(string? Reference, string? Heard)>();
        for (int i = reference.Length, j = heard.Length; i > 0 || j > 0;)
        {
            bool pair = i > 0 && j > 0 && errors[i, j] == Pair(i, j);
            bool deletion = !pair && i > 0 && errors[i, j] == Deletion(i, j);
            pairs.Add((pair || deletion ? reference[--i] : null, deletion ? null : heard[--j]));
        }

        pairs.Reverse();
        return pairs;
    }
}

/// <summary>Words that stand for one another.</summary>
/// <param name="Reference">What was said; null where models heard a word that was not.</param>
/// <param name="Heard">What each model heard; null where it heard nothing.</param>
public sealed record AlignedWords(string? Reference, IReadOnlyList<string?> Heard)
{
    /// <summary>Whether a model is wrong here: an error of its word error rate.</summary>
    public bool IsWrong(int model) => Heard[model] != Reference;
}
