using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using StableQuant.Audio;

namespace StableQuant.Extensions.AI;

/// <summary>Reads the audio of a call, never blocking a thread: streams of a web server refuse to be read otherwise.</summary>
/// <param name="stream">Read from where it stands, and left open.</param>
/// <param name="rawRate">Samples a second of raw samples; null for a recording in a format of its own.</param>
internal sealed class SpeechAudio(Stream stream, int? rawRate)
{
    // A tenth of a second of raw samples, and half a second of others, which are all there.
    private const int RawBytes = AudioFile.ModelRate / 10 * sizeof(short);
    private const int ChunkSamples = AudioFile.ModelRate / 2;

    private long read;

    /// <summary>All of it, at 16 kHz.</summary>
    /// <exception cref="AudioFormatException">It is no recording that can be read.</exception>
    /// <exception cref="IOException">The stream broke.</exception>
    public async Task<float[]> ReadAsync(CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        var buffer = new byte[65536];
        for (int got; (got = await ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            content.Write(buffer, 0, got);
        }

        content.Position = 0;
        return await Task.Run(() => Decode(content), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Its parts, at 16 kHz. Raw samples come as they arrive; a recording is read to its end first.</summary>
    /// <returns>Parts that are good until the next is asked for.</returns>
    /// <exception cref="AudioFormatException">It is no recording that can be read.</exception>
    /// <exception cref="IOException">The stream broke.</exception>
    public IAsyncEnumerable<ReadOnlyMemory<float>> ReadPartsAsync(CancellationToken cancellationToken) =>
        rawRate is null ? ReadRecordingAsync(cancellationToken) : ReadRawAsync(cancellationToken);

    private async IAsyncEnumerable<ReadOnlyMemory<float>> ReadRecordingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        float[] samples = await ReadAsync(cancellationToken).ConfigureAwait(false);
        for (int done = 0; done < samples.Length; done += ChunkSamples)
        {
            yield return samples.AsMemory(done, Math.Min(ChunkSamples, samples.Length - done));
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<float>> ReadRawAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var bytes = new byte[RawBytes];
        var samples = new float[RawBytes / sizeof(short)];
        int kept = 0;
        for (int got; (got = await ReadAsync(bytes.AsMemory(kept), cancellationToken).ConfigureAwait(false)) > 0;)
        {
            int count = (kept + got) / sizeof(short);
            FromRaw(bytes, samples.AsSpan(0, count));

            // Half a sample waits for its other half.
            kept = (kept + got) % sizeof(short);
            bytes[0] = kept > 0 ? bytes[count * sizeof(short)] : (byte)0;
            if (count > 0)
            {
                yield return samples.AsMemory(0, count);
            }
        }
    }

    private async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            int got = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            read += got;
            return got;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new IOException($"The audio stream broke behind byte {read}: {e.Message}", e);
        }
    }

    private float[] Decode(MemoryStream content)
    {
        if (rawRate is not int rate)
        {
            return AudioFile.Read16k(content, "the audio stream").Samples;
        }

        var samples = new float[content.Length / sizeof(short)];
        FromRaw(content.GetBuffer(), samples);
        return rate == AudioFile.ModelRate ? samples : Resampler.Resample(samples, rate, AudioFile.ModelRate);
    }

    private static void FromRaw(ReadOnlySpan<byte> bytes, Span<float> samples)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(sizeof(short) * i)..]) / 32768f;
        }
    }
}
