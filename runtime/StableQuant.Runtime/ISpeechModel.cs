using StableQuant.Decoding;

namespace StableQuant;

/// <summary>A compiled model that recognises speech. What all models share is <see cref="ICompiledModel"/>'s.</summary>
public interface ISpeechModel : ICompiledModel
{
    /// <summary>The CTC tokens: what each logit of a frame stands for, and which is the blank.</summary>
    CtcVocabulary Vocabulary { get; }

    /// <summary>Number of CTC tokens: the width of one frame of logits.</summary>
    int VocabularySize { get; }

    /// <summary>Computes the logits of one utterance.</summary>
    /// <param name="pcm16k">Samples, mono, nominally in −1 … 1, at <see cref="ICompiledModel.SampleRate"/>; any gain, it is normalised here.</param>
    /// <param name="logits">Receives [frames, vocabulary] values, row by row; it must hold that many.</param>
    /// <returns>The number of frames.</returns>
    /// <exception cref="ArgumentException">The utterance is too short or too long, holds a sample that is not finite, or <paramref name="logits"/> is too small.</exception>
    /// <exception cref="InvalidOperationException">The instance is in another call.</exception>
    /// <exception cref="ObjectDisposedException">The instance is disposed of.</exception>
    /// <exception cref="InvalidDataException">The file of the weights has changed since they were loaded.</exception>
    int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits);

    /// <summary>Transcribes one utterance by greedy CTC decoding.</summary>
    /// <param name="pcm16k">As for <see cref="Logits"/>.</param>
    /// <param name="text">Receives the text; <see cref="MaxTextLength"/> tells how much any utterance can need.</param>
    /// <returns>The number of characters written.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Logits"/>, or <paramref name="text"/> is too small.</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Logits"/>.</exception>
    /// <exception cref="ObjectDisposedException">As for <see cref="Logits"/>.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Logits"/>.</exception>
    int Transcribe(ReadOnlySpan<float> pcm16k, Span<char> text);

    /// <summary>The most characters that the text of <paramref name="samples"/> samples can have.</summary>
    /// <param name="samples">Length of an utterance.</param>
    int MaxTextLength(int samples);
}
