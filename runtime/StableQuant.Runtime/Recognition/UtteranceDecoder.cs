using StableQuant.Decoding;
using StableQuant.Decoding.Search;

namespace StableQuant.Recognition;

/// <summary>Makes words of an utterance's logits: greedily, or by a search. Its workspace is that of the longest utterance.</summary>
internal sealed class UtteranceDecoder
{
    /// <summary>The least mean confidence of words: noise makes letters that the model itself hardly believes, one spelling of very many.</summary>
    public const double MinWordConfidence = 0.1;

    private readonly CtcDecoder greedy;
    private readonly CtcBeamSearch? search;
    private readonly WordFinder finder;
    private readonly CtcToken[] tokens;

    /// <summary>Makes a decoder.</summary>
    /// <param name="model">The model.</param>
    /// <param name="maxSamples">The longest utterance.</param>
    /// <param name="search">A search; null for greedy decoding.</param>
    public UtteranceDecoder(ISpeechModel model, int maxSamples, CtcBeamSearch? search)
    {
        greedy = new CtcDecoder(model.Vocabulary);
        this.search = search;
        finder = new WordFinder(model.Vocabulary, FrameTiming.Of(model), maxSamples);
        tokens = new CtcToken[model.FrameCount(maxSamples)];
    }

    /// <summary>What the search found in the last utterance, best first; empty without a search.</summary>
    public IReadOnlyList<Alternative> Alternatives { get; private set; } = [];

    /// <summary>The words of an utterance, with times from its start.</summary>
    /// <param name="logits">[frames, vocabulary] values.</param>
    /// <param name="frames">Number of rows.</param>
    /// <param name="pcm">The samples.</param>
    /// <param name="first">Tokens that begin before this frame are another's.</param>
    /// <param name="end">So are those that begin at this frame or behind it.</param>
    /// <param name="minConfidence">Where the mean probability of the tokens is below, nothing was said.</param>
    /// <param name="minWordConfidence">Where the mean confidence of the words is below, nothing was said.</param>
    public Word[] Decode(ReadOnlySpan<float> logits, int frames, ReadOnlySpan<float> pcm, long first, long end, double minConfidence, double minWordConfidence)
    {
        Alternatives = [];
        int count = greedy.Decode(logits, frames, tokens);
        Span<CtcToken> own = tokens.AsSpan(0, count);
        if (CtcToken.MeanProbability(own) < minConfidence)
        {
            return [];
        }

        if (search is not null)
        {
            IReadOnlyList<Hypothesis> found = search.Decode(logits, frames);
            Alternatives = [.. found.Select(hypothesis => new Alternative(hypothesis.Text, hypothesis.Confidence))];
            own = found.Count > 0 ? found[0].Tokens.ToArray() : [];
        }

        while (own.Length > 0 && own[0].FirstFrame < first)
        {
            own = own[1..];
        }

        while (own.Length > 0 && own[^1].FirstFrame >= end)
        {
            own = own[..^1];
        }

        Word[] words = finder.Find(own, logits, pcm);
        return words.Length > 0 && words.Average(word => (double)word.Confidence) < minWordConfidence ? [] : words;
    }
}
