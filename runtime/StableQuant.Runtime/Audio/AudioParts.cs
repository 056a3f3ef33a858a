using StableQuant.Audio.Wave;

namespace StableQuant.Audio;

/// <summary>
/// A recording part by part, so that memory does not grow with its length: the samples of all parts are those of the whole, bit by bit. What
/// goes to ffmpeg, and what cannot be read twice, is one part.
/// </summary>
internal static class AudioParts
{
    // Whole seconds begin a phase of the resampler at every rate, and its filter is shorter than one.
    private const int Context = 1;

    /// <summary>Reads.</summary>
    /// <param name="path">The recording.</param>
    /// <param name="channel">The mix or one channel.</param>
    /// <param name="seconds">Length of a part; 1 or more.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>Parts at 16 kHz, at least one. A note on the recording comes once, with the part that shows it.</returns>
    public static IEnumerable<AudioClip> Read16k(string path, ChannelChoice channel, int seconds, CancellationToken cancellationToken)
    {
        var said = new HashSet<string>(StringComparer.Ordinal);
        using FileStream stream = WavFile.Open(path);
        for (int part = 0; ; part++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int before = Math.Min(part, Context);
            var range = new AudioRange(TimeSpan.FromSeconds(((double)part * seconds) - before), TimeSpan.FromSeconds(before + seconds + Context), MayBeEmpty: part > 0);
            if (!stream.CanSeek || Wave(stream, path, range) is not { } clip)
            {
                yield return AudioFile.Read16k(path, channel, cancellationToken);
                yield break;
            }

            bool isLast = clip.Samples.Length < range.MaxFrames(clip.SampleRate);
            if (part > 0 && clip.Samples.Length <= (long)before * clip.SampleRate)
            {
                yield break;
            }

            clip = ChannelSelector.Select(clip, channel, path).Resample(AudioFile.ModelRate);
            float[] samples = clip.Samples;
            int first = before * AudioFile.ModelRate, end = Math.Min(first + (seconds * AudioFile.ModelRate), samples.Length);
            yield return new AudioClip([samples[first..end]], AudioFile.ModelRate, [.. clip.Notes.Where(said.Add)]);
            if (isLast && end == samples.Length)
            {
                yield break;
            }
        }
    }

    private static AudioClip? Wave(FileStream stream, string name, AudioRange range)
    {
        stream.Position = 0;
        try
        {
            return new WaveReader(new ByteSource(stream, name), range).Read();
        }
        catch (AudioFormatException e) when (e.TakesDecoder)
        {
            return null;
        }
    }
}
