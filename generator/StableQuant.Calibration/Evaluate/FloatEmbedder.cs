using StableQuant.Calibration.Float;

namespace StableQuant.Calibration.Evaluate;

/// <summary>One instance of a float model that embeds.</summary>
internal sealed class FloatEmbedder(FloatSession session, FloatModel model, double maxSeconds) : FloatNetwork(session, model, maxSeconds), ISpeechEmbedder
{
    /// <inheritdoc/>
    public int EmbeddingSize => Width;

    /// <inheritdoc/>
    public int EmbedFrames(ReadOnlySpan<float> pcm16k, Span<float> embeddings) => Run(pcm16k, embeddings, nameof(embeddings));

    /// <inheritdoc/>
    public void Embed(ReadOnlySpan<float> pcm16k, Span<float> embedding)
    {
        if (embedding.Length < Width)
        {
            throw new ArgumentException($"An embedding of {Width} values does not fit in {embedding.Length}.", nameof(embedding));
        }

        var all = new float[FrameCount(pcm16k.Length) * Width];
        int frames = Run(pcm16k, all, nameof(embedding));
        for (int channel = 0; channel < Width; channel++)
        {
            double sum = 0;
            for (int frame = 0; frame < frames; frame++)
            {
                sum += all[(frame * Width) + channel];
            }

            embedding[channel] = (float)(sum / frames);
        }
    }
}
