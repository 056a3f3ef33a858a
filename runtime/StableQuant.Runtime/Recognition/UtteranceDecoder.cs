using StableQuant.Decoding;
using StableQuant.Decoding.Search;
using StableQuant.Streaming;

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
    private readonly int vocabularySize;

    /// <summary>Makes a decoder.</summary>
    /// <param name="model">The model.</param>
    /// <param name="maxSamples">The longest utterance.</param>
    /// <param name="search">A search; null for greedy decoding.</param>
    public UtteranceDecoder(ISpeechModel model, int maxSamples, CtcBeamSearch? search)
    {
        vocabularySize = model.VocabularySize;
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
    /// <param name="minConfidence">Where the mean probability of the greedy tokens is below, nothing was said.</param>
    /// <param name="minWordConfidence">Where the mean confidence of the words is below, nothing was said.</param>
    public Word[] Decode(ReadOnlySpan<float> logits, int frames, ReadOnlySpan<float> pcm, double minConfidence, double minWordConfidence)
    {
        Alternatives = [];
        Span<CtcToken> greedyTokens = tokens.AsSpan(0, greedy.Decode(logits, frames, tokens));
        return CtcToken.MeanProbability(greedyTokens) < minConfidence ? [] : Words(greedyTokens, logits, frames, pcm, 0, frames, minWordConfidence);
    }

    /// <summary>The words of a stream's final result, with times from its window's start.</summary>
    /// <param name="result">The result.</param>
    /// <param name="samplesPerFrame">Samples from a frame to the next.</param>
    public Word[] Decode(in SpeechResult result, int samplesPerFrame)
    {
        Alternatives = [];
        Span<CtcToken> greedyTokens = tokens.AsSpan(0, result.Tokens.Length);
        for (int i = 0; i < greedyTokens.Length; i++)
        {
            CtcToken token = result.Tokens[i];
            greedyTokens[i] = token with { FirstFrame = token.FirstFrame - result.FirstFrame, EndFrame = token.EndFrame - result.FirstFrame };
        }

        int frames = result.Logits.Length / vocabularySize;
        long first = (result.StartSample / samplesPerFrame) - result.FirstFrame, end = (result.EndSample / samplesPerFrame) - result.FirstFrame;
        return greedyTokens.IsEmpty ? [] : Words(greedyTokens, result.Logits, frames, result.Samples, first, end, MinWordConfidence);
    }

    private Word[] Words(ReadOnlySpan<CtcToken> own, ReadOnlySpan<float> logits, int frames, ReadOnlySpan<float> pcm, long first, long end, double minWordConfidence)
    {
        if (search is not null)
        {
            IReadOnlyList<Hypothesis> found = search.Decode(logits, frames);
            Alternatives = [.. found.Select(hypothesis => new Alternative(hypothesis.Text, hypothesis.Confidence))];
            own = found.Count > 0 ? found[0].Tokens.ToArray() : [];
            own = own[CtcToken.Within(own, first, end)];
        }

        Word[] words = finder.Find(own, logits, pcm);
        return words.Length > 0 && words.Average(word => (double)word.Confidence) < minWordConfidence ? [] : words;
    }
}
