namespace StableQuant.Streaming;

/// <summary>
/// Recognises recordings of any length: they are cut at pauses, silence and noise are left out, and memory does not grow with the recording.
/// The segments are the final results of a <see cref="StreamingSession"/>, bit by bit. For one thread.
/// </summary>
public sealed class LongTranscriber
{
    // What is read at a time: half a second.
    private const int ChunkSamples = 8000;

    private readonly Queue<SpeechSegment> found = [];
    private readonly StreamingSession stream;
    private bool isReading;

    /// <summary>Makes a transcriber and its workspace.</summary>
    /// <param name="model">The model; the caller disposes of it.</param>
    /// <param name="options">How recordings are cut; null for the defaults. No partial results are made.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or the model takes less than 2 s.</exception>
    public LongTranscriber(ISpeechModel model, StreamingOptions? options = null)
    {
        stream = new StreamingSession(model, Keep, (options ?? new StreamingOptions()) with { PartialInterval = TimeSpan.Zero });
    }

    /// <summary>Recognises a recording.</summary>
    /// <param name="pcm16k">Samples, mono, at the model's rate.</param>
    /// <param name="cancellationToken">Ends the work between two half seconds.</param>
    /// <returns>The segments, in order.</returns>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    /// <exception cref="InvalidOperationException">Another recording is being read.</exception>
    public IReadOnlyList<SpeechSegment> Transcribe(ReadOnlyMemory<float> pcm16k, CancellationToken cancellationToken = default)
    {
        int position = 0;
        return [.. TranscribeFrom(buffer =>
        {
            int count = Math.Min(buffer.Length, pcm16k.Length - position);
            pcm16k.Span.Slice(position, count).CopyTo(buffer);
            position += count;
            return count;
        }, cancellationToken)];
    }

    /// <summary>Recognises a recording while it is read.</summary>
    /// <param name="read">Reads the recording, half a second at a time.</param>
    /// <param name="cancellationToken">Ends the work between two half seconds.</param>
    /// <returns>The segments, in order, each when it is final.</returns>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    /// <exception cref="InvalidOperationException">Another recording is being read.</exception>
    public IEnumerable<SpeechSegment> TranscribeFrom(SampleReader read, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(read);
        return Segments(read, cancellationToken);
    }

    private IEnumerable<SpeechSegment> Segments(SampleReader read, CancellationToken cancellationToken)
    {
        if (isReading)
        {
            throw new InvalidOperationException("Another recording is being read: a transcriber serves one at a time.");
        }

        isReading = true;
        try
        {
            var chunk = new float[ChunkSamples];
            for (int count = read(chunk); count > 0; count = read(chunk))
            {
                cancellationToken.ThrowIfCancellationRequested();
                stream.Push(chunk.AsSpan(0, count));
                while (found.TryDequeue(out SpeechSegment? segment))
                {
                    yield return segment;
                }
            }

            stream.Finish();
            while (found.TryDequeue(out SpeechSegment? segment))
            {
                yield return segment;
            }
        }
        finally
        {
            // Whoever stops in the middle begins anew.
            stream.Reset();
            found.Clear();
            isReading = false;
        }
    }

    private void Keep(scoped in SpeechResult result) =>
        found.Enqueue(new SpeechSegment(result.StartSample, result.EndSample, result.Text.ToString(), result.Tokens.ToArray(), result.Confidence));
}
