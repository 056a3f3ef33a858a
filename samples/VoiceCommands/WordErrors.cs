namespace VoiceCommands;

/// <summary>Word error rate: substitutions, insertions and deletions of the best alignment, over the words expected.</summary>
internal sealed class WordErrors
{
    /// <summary>Words expected so far.</summary>
    public int Words { get; private set; }

    /// <summary>Errors so far.</summary>
    public int Errors { get; private set; }

    /// <summary>Errors a word; 0 where no word was expected.</summary>
    public double Rate => Words == 0 ? 0 : (double)Errors / Words;

    /// <summary>Counts one utterance.</summary>
    public void Add(string expected, string actual)
    {
        string[] reference = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] hypothesis = actual.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Words += reference.Length;
        Errors += Distance(reference, hypothesis);
    }

    /// <summary>Levenshtein distance, one row at a time.</summary>
    private static int Distance(string[] reference, string[] hypothesis)
    {
        int[] row = [.. Enumerable.Range(0, hypothesis.Length + 1)];
        for (int i = 1; i <= reference.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= hypothesis.Length; j++)
            {
                int substituted = diagonal + (reference[i - 1] == hypothesis[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
