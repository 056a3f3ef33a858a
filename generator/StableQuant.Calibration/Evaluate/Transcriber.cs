using System.Diagnostics;
using System.Globalization;
using StableQuant.Audio;

namespace StableQuant.Calibration.Evaluate;

/// <summary>
/// Transcribes audio files one after another with one instance of a model, which is made anew where an utterance
/// is longer than those before. For one thread.
/// </summary>
public sealed class Transcriber(IModelSource source) : IDisposable
{
    // Most utterances are shorter, and an instance's memory grows with the longest that it takes.
    private const double FirstCapacitySeconds = 20;

    private ISpeechModel? model;
    private char[] text = [];

    /// <summary>Transcribes an audio file.</summary>
    /// <param name="audioPath">The audio file, in any format that <see cref="AudioFile"/> reads.</param>
    /// <param name="cancellationToken">Ends the decoding of the file.</param>
    /// <exception cref="StableQuantException">The audio is too short for a single frame.</exception>
    /// <exception cref="AudioFormatException">The file cannot be decoded.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public Transcript Transcribe(string audioPath, CancellationToken cancellationToken = default)
    {
        float[] pcm = AudioFile.Load16k(audioPath, cancellationToken);
        ISpeechModel model = Fit(pcm.Length);
        double seconds = (double)pcm.Length / model.SampleRate;
        if (pcm.Length < model.MinSamples)
        {
            throw TooShort(audioPath, pcm.Length, model.MinSamples);
        }

        int capacity = model.MaxTextLength(pcm.Length);
        if (text.Length < capacity)
        {
            text = new char[capacity];
        }

        long start = Stopwatch.GetTimestamp();
        int length;
        try
        {
            length = model.Transcribe(pcm, text);
        }
        catch (ArgumentException e)
        {
            throw new StableQuantException($"{audioPath}: {e.Message}", e);
        }

        return new Transcript(new string(text, 0, length), seconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <inheritdoc/>
    public void Dispose() => model?.Dispose();

    /// <summary>Reads an audio file that must make at least one frame.</summary>
    /// <param name="audioPath">The audio file.</param>
    /// <param name="minSamples">Samples that make a frame.</param>
    /// <param name="cancellationToken">Ends the decoding of the file.</param>
    /// <returns>Samples, mono, at 16 kHz.</returns>
    /// <exception cref="StableQuantException">The audio is too short.</exception>
    /// <exception cref="Audio.AudioFormatException">The file cannot be decoded.</exception>
    public static float[] Load(string audioPath, int minSamples, CancellationToken cancellationToken)
    {
        float[] pcm = AudioFile.Load16k(audioPath, cancellationToken);
        return pcm.Length >= minSamples ? pcm : throw TooShort(audioPath, pcm.Length, minSamples);
    }

    /// <summary>The error for audio that makes no frame.</summary>
    private static StableQuantException TooShort(string audioPath, int samples, int needed) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"{audioPath}: {1000.0 * samples / AudioFile.ModelRate:0.##} ms of audio is too short, the model needs {1000.0 * needed / AudioFile.ModelRate:0.##} ms; leave it out or record it again."));

    private ISpeechModel Fit(int samples)
    {
        if (model is null || model.MaxSamples < samples)
        {
            model?.Dispose();
            model = null;
            // By doubling, so that utterances in rising order of length do not make an instance each.
            double capacity = FirstCapacitySeconds;
            while (capacity * AudioFile.ModelRate < samples)
            {
                capacity *= 2;
            }

            model = source.Create(capacity);
        }

        return model;
    }
}

/// <summary>What a model heard in one recording.</summary>
/// <param name="Text">The words.</param>
/// <param name="AudioSeconds">Length of the recording.</param>
/// <param name="ModelSeconds">Time that the model took, without reading and decoding the file.</param>
public sealed record Transcript(string Text, double AudioSeconds, double ModelSeconds);
