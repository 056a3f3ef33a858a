using System.Runtime.InteropServices;
using StableQuant.Audio;
using StableQuant.Recognition;

namespace StableQuant.Extensions.AI.Tests;

/// <summary>The sample's recordings, whose words are known, and what the library hears in them.</summary>
internal static class Speech
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Recordings");

    /// <summary>Recordings and what is said in them.</summary>
    public static readonly (string Path, string Text)[] Recordings =
        [.. File.ReadLines(Path.Combine(Folder, "transcripts.tsv")).Take(7).Select(line => line.Split('\t')).Select(parts => (Path.Combine(Folder, parts[0]), parts[1]))];

    /// <summary>All of them in one, with pauses: longer than an utterance may be.</summary>
    public static readonly float[] Long = [.. Recordings.SelectMany(recording => AudioFile.Load16k(recording.Path).Concat(new float[12000]))];

    /// <summary>Raw samples.</summary>
    public static byte[] Raw(ReadOnlySpan<float> pcm)
    {
        var samples = new short[pcm.Length];
        for (int i = 0; i < pcm.Length; i++)
        {
            samples[i] = (short)Math.Clamp(MathF.Round(pcm[i] * 32768), short.MinValue, short.MaxValue);
        }

        return MemoryMarshal.AsBytes<short>(samples).ToArray();
    }

    /// <summary>A WAV file of 16-bit samples at 16 kHz.</summary>
    public static byte[] Wav(ReadOnlySpan<float> pcm)
    {
        byte[] raw = Raw(pcm);
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write("RIFF"u8);
        writer.Write(36 + raw.Length);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(16000);
        writer.Write(32000);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(raw.Length);
        writer.Write(raw);
        return file.ToArray();
    }

    /// <summary>What the library hears in a recording.</summary>
    public static Transcription Heard(string path)
    {
        using var model = new Commands();
        return model.RecognizeFile(path);
    }
}
