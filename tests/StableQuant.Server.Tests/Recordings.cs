using StableQuant.Audio;
using StableQuant.Recognition;

namespace StableQuant.Server.Tests;

/// <summary>The sample's recordings, and what the library itself hears in each.</summary>
internal static class Recordings
{
    private static readonly Lazy<(string Path, Transcription Heard)[]> Heard = new(() =>
    {
        using var model = new TranscriptionServer.Commands();
        var recognizer = new Recognizer(model);
        return [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Recordings"), "*.wav").Order(StringComparer.Ordinal).Select(path => (path, recognizer.RecognizeFile(path)))];
    });

    public static IReadOnlyList<(string Path, Transcription Heard)> All => Heard.Value;

    /// <summary>A recording of some length: all of them, one behind the other, as often as it takes.</summary>
    public static byte[] Long(int seconds)
    {
        float[][] parts = [.. All.Select(recording => AudioFile.Load16k(recording.Path))];
        var samples = new short[seconds * AudioFile.ModelRate];
        for (int done = 0, next = 0; done < samples.Length; next++)
        {
            foreach (float sample in parts[next % parts.Length].Take(samples.Length - done))
            {
                samples[done++] = (short)(sample * 32767);
            }
        }

        return Wave(samples);
    }

    /// <summary>A WAV file of 16-bit samples.</summary>
    public static byte[] Wave(short[] samples, int rate = AudioFile.ModelRate)
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write("RIFF"u8);
        writer.Write(36 + (2 * samples.Length));
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(rate);
        writer.Write(2 * rate);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(2 * samples.Length);
        foreach (short sample in samples)
        {
            writer.Write(sample);
        }

        writer.Flush();
        return file.ToArray();
    }
}
