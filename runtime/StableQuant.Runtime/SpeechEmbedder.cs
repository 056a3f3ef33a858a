namespace StableQuant;

/// <summary>A compiled model that embeds: means over frames. Generated classes with such a head derive from it.</summary>
public abstract unsafe class SpeechEmbedder : CompiledModel, ISpeechEmbedder
{
    /// <summary>Takes the model's constants and the limit; <see cref="CompiledModel.Allocate"/> must follow.</summary>
    /// <param name="size">Values of an embedding.</param>
    /// <param name="minSamples">Samples that make one frame.</param>
    /// <param name="samplesPerFrame">Samples from one frame to the next.</param>
    /// <param name="maxSeconds">The longest utterance accepted.</param>
    /// <param name="threads">Threads that work on one utterance, the caller's own included.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The limit is too short for one frame, above an hour, or no number; or there are not 1 to <see cref="Threads.ThreadTeam.MaxThreads"/> threads.
    /// </exception>
    protected SpeechEmbedder(int size, int minSamples, int samplesPerFrame, double maxSeconds, int threads)
        : base(size, minSamples, samplesPerFrame, maxSeconds, threads)
    {
    }

    /// <inheritdoc/>
    public int EmbeddingSize => Width;

    /// <inheritdoc/>
    public void Embed(ReadOnlySpan<float> pcm16k, Span<float> embedding)
    {
        int frames = CheckedFrames(pcm16k);
        CheckRoom(pcm16k.Length, Width, embedding.Length, "embedding", nameof(embedding));
        byte* memory = Enter();
        try
        {
            ReadOnlySpan<float> all = Infer(pcm16k, frames, memory);
            for (int channel = 0; channel < Width; channel++)
            {
                double sum = 0;
                for (int at = channel; at < all.Length; at += Width)
                {
                    sum += all[at];
                }

                embedding[channel] = (float)(sum / frames);
            }
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public int EmbedFrames(ReadOnlySpan<float> pcm16k, Span<float> embeddings) => Run(pcm16k, embeddings, "embeddings", nameof(embeddings));
}
