using StableQuant.Decoding;

namespace StableQuant.Streaming;

/// <summary>Receives what a <see cref="StreamingSession"/> recognises.</summary>
/// <param name="result">The result. Its spans are the stream's own workspace: copy what has to outlive the call.</param>
public delegate void SpeechResultHandler(scoped in SpeechResult result);

/// <summary>An utterance of a recording, or what has been spoken of it so far. Frames and samples are counted from the recording's start.</summary>
public readonly ref struct SpeechResult
{
    /// <summary>
    /// Whether this is all of the utterance. Final results come in order, do not overlap, and never change. One without a token takes back
    /// what partial results said: it was no speech.
    /// </summary>
    public bool IsFinal { get; internal init; }

    /// <summary>The first sample that belongs to the utterance.</summary>
    public long StartSample { get; internal init; }

    /// <summary>The sample behind the last one that belongs to it.</summary>
    public long EndSample { get; internal init; }

    /// <summary>The tokens, in order, by greedy decoding. Frame i is made of the samples from i · <see cref="ICompiledModel.SamplesPerFrame"/> on.</summary>
    public ReadOnlySpan<CtcToken> Tokens { get; internal init; }

    /// <summary>Their text.</summary>
    public ReadOnlySpan<char> Text { get; internal init; }

    /// <summary>The mean of the tokens' probabilities, 0 … 1; 0 without a token.</summary>
    public float Confidence { get; internal init; }

    /// <summary>
    /// The samples that were recognised: <see cref="Logits"/> are theirs. They begin before <see cref="StartSample"/>, for context, where an
    /// utterance was longer than the longest and had to be cut.
    /// </summary>
    public ReadOnlySpan<float> Samples { get; internal init; }

    /// <summary>[frames, vocabulary] values of <see cref="Samples"/>, row by row: for another decoder, or for the times of words.</summary>
    public ReadOnlySpan<float> Logits { get; internal init; }

    /// <summary>The frame of the first row of <see cref="Logits"/>.</summary>
    public int FirstFrame { get; internal init; }
}
