namespace StableQuant.Decoding.Search;

/// <summary>
/// Prefix beam search of connectionist temporal classification: the most probable texts, each by the sum over its paths, weighted by a language
/// model, hotwords and a grammar where there are any. The same logits give the same hypotheses on every system. An instance has a workspace
/// and serves one call at a time; after the first calls <see cref="Search"/> and what reads its result allocate nothing.
/// </summary>
/// <remarks>
/// Source: A. Hannun et al., First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs, arXiv 1408.2873,
/// algorithm 1. Beyond it, prefixes are texts with a last token, so that different tokens of one text share its probability, and the best
/// path of each prefix is kept for the times of its tokens.
/// </remarks>
public sealed class CtcBeamSearch
{
    private const int MaxBeam = 4096;

    private readonly CtcVocabulary vocabulary;
    private readonly SearchModels models;
    private readonly PrefixBeam beam;
    private readonly HypothesisList result;

    /// <summary>Prepares a search.</summary>
    /// <param name="vocabulary">The model's tokens.</param>
    /// <param name="options">How to search.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or is not for this vocabulary.</exception>
    /// <exception cref="InvalidDataException">Hotwords or grammar have a character that the vocabulary lacks; the message names file and line.</exception>
    public CtcBeamSearch(CtcVocabulary vocabulary, SearchOptions options)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(options);
        CheckRange(options.Beam, 1, MaxBeam, nameof(options.Beam));
        CheckRange(options.NBest, 1, options.Beam, nameof(options.NBest));
        CheckRange(options.LanguageModelWeight, 0, 10, nameof(options.LanguageModelWeight));
        CheckRange(options.WordBonus, -20, 20, nameof(options.WordBonus));
        CheckRange(options.UnknownCharacterPenalty, -20, 0, nameof(options.UnknownCharacterPenalty));
        this.vocabulary = vocabulary;
        models = new SearchModels(vocabulary, options);
        beam = new PrefixBeam(vocabulary, models, options);
        result = new HypothesisList(options.Beam, options.NBest);
    }

    /// <summary>Makes another search with a workspace of its own, for another thread; the two share what was prepared.</summary>
    /// <param name="shared">The search to share with.</param>
    public CtcBeamSearch(CtcBeamSearch shared)
    {
        ArgumentNullException.ThrowIfNull(shared);
        (vocabulary, models) = (shared.vocabulary, shared.models);
        beam = new PrefixBeam(vocabulary, models, shared.beam.Options);
        result = new HypothesisList(shared.beam.Options.Beam, shared.beam.Options.NBest);
    }

    /// <summary>Finds the most probable texts of an utterance.</summary>
    /// <param name="logits">[frames, vocabulary] values, row by row. NaN counts as −∞; a row without any number says nothing.</param>
    /// <param name="frames">Number of rows.</param>
    /// <returns>At most as many as the options say, best first. None where the grammar allows nothing that the beam kept.</returns>
    /// <exception cref="ArgumentException"><paramref name="logits"/> holds fewer rows, or <paramref name="frames"/> is negative.</exception>
    public IReadOnlyList<Hypothesis> Decode(ReadOnlySpan<float> logits, int frames)
    {
        var hypotheses = new Hypothesis[Search(logits, frames)];
        for (int rank = 0; rank < hypotheses.Length; rank++)
        {
            var tokens = new CtcToken[TokenCount(rank)];
            CopyTokens(rank, tokens);
            var text = new char[tokens.Length * vocabulary.LongestText];
            hypotheses[rank] = new Hypothesis(new string(text, 0, vocabulary.WriteText(tokens, text)), tokens, Scores(rank));
        }

        return hypotheses;
    }

    /// <summary>Finds the most probable texts of an utterance, and keeps them until the next call.</summary>
    /// <param name="logits">As for <see cref="Decode"/>.</param>
    /// <param name="frames">Number of rows.</param>
    /// <returns>The number of hypotheses; rank 0 is the best.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Decode"/>.</exception>
    public int Search(ReadOnlySpan<float> logits, int frames)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frames);
        long values = (long)frames * vocabulary.Count;
        if (logits.Length < values)
        {
            throw new ArgumentException($"{frames} frames of {vocabulary.Count} tokens take {values} logits, there are {logits.Length}.", nameof(logits));
        }

        beam.Start();
        for (int frame = 0; frame < frames; frame++)
        {
            beam.Take(logits.Slice(frame * vocabulary.Count, vocabulary.Count));
        }

        int found = result.Rank(beam.Entries, models, beam.FreeScore, frames);

        // A mapped model is freed with the last object that refers to it.
        GC.KeepAlive(this);
        return found;
    }

    /// <summary>The scores of a hypothesis of the last <see cref="Search"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such hypothesis.</exception>
    public HypothesisScores Scores(int rank) => result[rank].Scores;

    /// <summary>Number of tokens of a hypothesis of the last <see cref="Search"/>: at most one a frame.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such hypothesis.</exception>
    public int TokenCount(int rank) => beam.Runs.LengthOf(result[rank].Path);

    /// <summary>Copies the tokens of a hypothesis of the last <see cref="Search"/>; <see cref="CtcVocabulary.WriteText"/> makes text of them.</summary>
    /// <param name="rank">Its rank.</param>
    /// <param name="tokens">Receives them.</param>
    /// <returns>The number of tokens.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such hypothesis.</exception>
    /// <exception cref="ArgumentException"><paramref name="tokens"/> is too small.</exception>
    public int CopyTokens(int rank, Span<CtcToken> tokens)
    {
        int count = TokenCount(rank);
        if (tokens.Length < count)
        {
            throw new ArgumentException($"There are {count} tokens, more than {tokens.Length}.", nameof(tokens));
        }

        beam.Runs.Write(result[rank].Path, tokens[..count]);
        return count;
    }

    private static void CheckRange(double value, double min, double max, string name)
    {
        if (!(value >= min && value <= max))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {min} to {max}.");
        }
    }
}
