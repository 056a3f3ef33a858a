namespace StableQuant;

/// <summary>
/// A compiled model that makes embeddings of speech: vectors that lie close together where what is said, or who says it, is alike
/// (<see cref="CosineSimilarity"/>). What all models share is <see cref="ICompiledModel"/>'s.
/// </summary>
public interface ISpeechEmbedder : ICompiledModel
{
    /// <summary>Values of an embedding.</summary>
    int EmbeddingSize { get; }

    /// <summary>Computes the embedding of one utterance: where the model makes one a frame, their mean.</summary>
    /// <param name="pcm16k">Samples, mono, nominally in −1 … 1, at <see cref="ICompiledModel.SampleRate"/>; any gain, it is normalised here.</param>
    /// <param name="embedding">Receives <see cref="EmbeddingSize"/> values; any range.</param>
    /// <exception cref="ArgumentException">The utterance is too short or too long, holds a sample that is not finite, or <paramref name="embedding"/> is too small.</exception>
    /// <exception cref="InvalidOperationException">The instance is in another call.</exception>
    /// <exception cref="ObjectDisposedException">The instance is disposed of.</exception>
    /// <exception cref="InvalidDataException">The file of the weights has changed since they were loaded.</exception>
    void Embed(ReadOnlySpan<float> pcm16k, Span<float> embedding);

    /// <summary>Computes the embeddings that the model itself makes: one a frame, or of an x-vector model one for the utterance.</summary>
    /// <param name="pcm16k">As for <see cref="Embed"/>.</param>
    /// <param name="embeddings">Receives [frames, <see cref="EmbeddingSize"/>] values, row by row; it must hold that many.</param>
    /// <returns>The number of frames: <see cref="ICompiledModel.FrameCount"/>.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Embed"/>, or <paramref name="embeddings"/> is too small.</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Embed"/>.</exception>
    /// <exception cref="ObjectDisposedException">As for <see cref="Embed"/>.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Embed"/>.</exception>
    int EmbedFrames(ReadOnlySpan<float> pcm16k, Span<float> embeddings);
}
