using StableQuant.Classification;

namespace StableQuant;

/// <summary>
/// A compiled model that tells classes of speech apart: of an utterance as a whole (its language, a keyword, an emotion), or of each frame (who
/// speaks when). What all models share is <see cref="ICompiledModel"/>'s.
/// </summary>
public interface ISpeechClassifier : ICompiledModel
{
    /// <summary>The classes: what each logit, and each probability, stands for.</summary>
    ClassLabels Labels { get; }

    /// <summary>Whether each frame is classified by itself. If not, an answer has one frame.</summary>
    bool IsPerFrame { get; }

    /// <summary>Computes the logits of one utterance.</summary>
    /// <param name="pcm16k">Samples, mono, nominally in −1 … 1, at <see cref="ICompiledModel.SampleRate"/>; any gain, it is normalised here.</param>
    /// <param name="logits">Receives [frames, classes] values, row by row; it must hold that many.</param>
    /// <returns>The number of frames: <see cref="ICompiledModel.FrameCount"/>.</returns>
    /// <exception cref="ArgumentException">The utterance is too short or too long, holds a sample that is not finite, or <paramref name="logits"/> is too small.</exception>
    /// <exception cref="InvalidOperationException">The instance is in another call.</exception>
    /// <exception cref="ObjectDisposedException">The instance is disposed of.</exception>
    /// <exception cref="InvalidDataException">The file of the weights has changed since they were loaded.</exception>
    int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits);

    /// <summary>Computes the probability of each class.</summary>
    /// <param name="pcm16k">As for <see cref="Logits"/>.</param>
    /// <param name="probabilities">
    /// Receives [frames, classes] values, 0 … 1, row by row. A row's sum is 1 where <see cref="ClassLabels.AreExclusive"/>. <see cref="ClassLabels.Rank"/>
    /// tells which are largest.
    /// </param>
    /// <returns>The number of frames: <see cref="ICompiledModel.FrameCount"/>.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Logits"/>, or <paramref name="probabilities"/> is too small.</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Logits"/>.</exception>
    /// <exception cref="ObjectDisposedException">As for <see cref="Logits"/>.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Logits"/>.</exception>
    int Classify(ReadOnlySpan<float> pcm16k, Span<float> probabilities);
}
