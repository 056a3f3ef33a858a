namespace StableQuant.Decoding.Search;

/// <summary>The prefixes that a search follows, frame by frame.</summary>
internal sealed class PrefixBeam
{
    private readonly SearchModels models;
    private readonly int blank;
    private readonly FrameScores frameScores;
    private readonly CandidateTable candidates;
    private readonly BestEntries best;
    private readonly BeamEntry[] entries;
    private readonly double margin;
    private int count;
    private int frame;

    /// <summary>Makes a workspace.</summary>
    public PrefixBeam(CtcVocabulary vocabulary, SearchModels models, SearchOptions options)
    {
        this.models = models;
        Options = options;
        blank = vocabulary.Blank;

        // A grammar leaves few choices, and the best of them may be a bad one: what is said, not what is probable, decides.
        bool isFree = options.Grammar is null;
        margin = isFree ? options.ScoreMargin : double.PositiveInfinity;
        double least = isFree && options.MinTokenProbability > 0 ? LogMath.Log(options.MinTokenProbability) : double.NegativeInfinity;
        frameScores = new FrameScores(vocabulary.Count, blank, models.AllowedTokens, least);
        int tokens = least > double.NegativeInfinity ? Math.Min(vocabulary.Count, FrameScores.MaxActive) : vocabulary.Count;
        candidates = new CandidateTable(checked(options.Beam * (1 + tokens)));
        best = new BestEntries(options.Beam);
        entries = new BeamEntry[options.Beam];
        Runs = new RunArena(64 * options.Beam);
    }

    /// <summary>What the workspace is for.</summary>
    public SearchOptions Options { get; }

    /// <summary>The runs of tokens of the entries' paths.</summary>
    public RunArena Runs { get; }

    /// <summary>The prefixes, best first.</summary>
    public ReadOnlySpan<BeamEntry> Entries => entries.AsSpan(0, count);

    /// <summary>Logarithm of the probability of the best path that nothing restricts.</summary>
    public double FreeScore { get; private set; }

    /// <summary>Begins an utterance.</summary>
    public void Start()
    {
        Runs.Clear();
        FreeScore = 0;
        frame = 0;
        count = 1;
        entries[0] = new BeamEntry
        {
            Key = SearchModels.KeyOf(models.Start, -1),
            LastToken = -1,
            BlankSum = 0,
            TokenSum = double.NegativeInfinity,
            Blank = SearchPath.None with { Score = 0 },
            Token = SearchPath.None,
            Context = models.Start,
        };
    }

    /// <summary>Takes the logits of the next frame.</summary>
    public void Take(ReadOnlySpan<float> row)
    {
        frameScores.Take(row);
        FreeScore += frameScores.Best;
        if (Runs.IsFullFor(entries.Length))
        {
            Runs.Compact(entries.AsSpan(0, count), entries.Length);
        }

        candidates.Clear();
        for (int i = 0; i < count; i++)
        {
            Stay(entries[i]);
        }

        for (int i = 0; i < count; i++)
        {
            foreach (int token in frameScores.Active)
            {
                Extend(entries[i], token);
            }
        }

        Keep();
        frame++;
    }

    // The text stays as it is: by a blank, or because its last token goes on.
    private void Stay(in BeamEntry entry)
    {
        candidates.Find(entry.Key, out int slot);
        ref BeamEntry stayed = ref candidates.Add(slot);
        stayed = entry;
        double ofBlank = frameScores.Scores[blank];
        stayed.BlankSum = entry.Sum + ofBlank;
        stayed.Blank = entry.Best;
        stayed.Blank.Score += ofBlank;
        if (entry.LastToken >= 0)
        {
            double ofToken = frameScores.Scores[entry.LastToken];
            stayed.TokenSum += ofToken;
            stayed.Token.Score += ofToken;
            stayed.Token.End = frame + 1;
            stayed.Token.Probability = Math.Max(stayed.Token.Probability, (float)LogMath.Exp(ofToken));
        }
    }

    private void Extend(in BeamEntry entry, int token)
    {
        // The same token again is another one only behind a blank.
        bool repeats = token == entry.LastToken;
        double sum = (repeats ? entry.BlankSum : entry.Sum) + frameScores.Scores[token];
        if (sum == double.NegativeInfinity)
        {
            return;
        }

        SearchContext context = entry.Context;
        if (!models.TryExtend(ref context, token))
        {
            return;
        }

        SearchPath path = repeats ? entry.Blank : entry.Best;
        path.Score += frameScores.Scores[token];
        path.IsFresh = true;
        ulong key = SearchModels.KeyOf(context, token);
        int index = candidates.Find(key, out int slot);
        if (index >= 0)
        {
            ref BeamEntry known = ref candidates.Entries[index];
            known.TokenSum = LogMath.Add(known.TokenSum, sum);
            known.Token = path.Score > known.Token.Score ? path : known.Token;
            return;
        }

        ref BeamEntry added = ref candidates.Add(slot);
        added.Key = key;
        added.LastToken = token;
        added.BlankSum = double.NegativeInfinity;
        added.TokenSum = sum;
        added.Blank = SearchPath.None;
        added.Token = path;
        added.Context = context;
    }

    private void Keep()
    {
        double highest = double.NegativeInfinity;
        foreach (ref BeamEntry candidate in candidates.Entries)
        {
            candidate.Sum = LogMath.Add(candidate.BlankSum, candidate.TokenSum);
            candidate.Score = candidate.Sum + candidate.Context.Earned + candidate.Context.Expected;
            highest = Math.Max(highest, candidate.Score);
        }

        count = 0;
        foreach (int index in best.Pick(candidates.Entries, highest - margin))
        {
            ref BeamEntry kept = ref entries[count++];
            kept = candidates.Entries[index];
            if (kept.Token.IsFresh)
            {
                kept.Token.Run = Runs.Add(kept.Token, kept.LastToken, frame);
                kept.Token.IsFresh = false;
                kept.Token.End = frame + 1;
                kept.Token.Probability = (float)LogMath.Exp(frameScores.Scores[kept.LastToken]);
            }
        }
    }
}
