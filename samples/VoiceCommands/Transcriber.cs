using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using StableQuant;
using StableQuant.Audio;
using StableQuant.Weights;

namespace VoiceCommands;

/// <summary>One recording, transcribed.</summary>
/// <param name="Path">As the user named it.</param>
/// <param name="Text">What was said.</param>
/// <param name="AudioSeconds">Length of the recording.</param>
/// <param name="ModelSeconds">Time that the model took.</param>
/// <param name="Kernels">The kernels in use.</param>
internal sealed record Transcript(string Path, string Text, double AudioSeconds, double ModelSeconds, string Kernels)
{
    /// <summary>The line printed for it.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Path}\t{Text}\t{AudioSeconds:F2}\t{ModelSeconds / AudioSeconds:F4}\t{Kernels}");
}

/// <summary>Loads recordings, checks their length and runs the model; room for the text is made once.</summary>
internal sealed class Transcriber(ISpeechModel model)
{
    private readonly char[] text = new char[model.MaxTextLength(model.MaxSamples)];

    /// <summary>Transcribes one recording.</summary>
    /// <exception cref="RecordingException">It cannot be read, or is too long or too short; the message is one line that names it.</exception>
    public Transcript Transcribe(string path)
    {
        float[] samples = LoadChecked(path);
        long start = Stopwatch.GetTimestamp();
        int length = Run(path, () => model.Transcribe(samples, text));
        double modelSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new Transcript(path, new string(text, 0, length), Seconds(samples.Length), modelSeconds, model.Kernels);
    }

    /// <summary>SHA-256 of a recording's logits, in hexadecimal: the same on every machine.</summary>
    /// <exception cref="RecordingException">As for <see cref="Transcribe"/>.</exception>
    public string Fingerprint(string path)
    {
        float[] samples = LoadChecked(path);
        float[] logits = new float[model.FrameCount(samples.Length) * model.VocabularySize];
        Run(path, () => model.Logits(samples, logits));
        return Sha256.HashHex(MemoryMarshal.AsBytes<float>(logits));
    }

    private static string Name(string path) => path == CommandLine.StandardInput ? StandardInput.Name : path;

    private static int Run(string path, Func<int> work)
    {
        try
        {
            return work();
        }
        catch (ArgumentException e)
        {
            throw new RecordingException($"{Name(path)}: {e.Message}", e);
        }
    }

    private float[] LoadChecked(string path)
    {
        float[] samples = Load(path);
        CheckLength(Name(path), samples.Length);
        return samples;
    }

    private float[] Load(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                throw new RecordingException($"{path}: is a folder; name the recordings in it");
            }

            if (path == CommandLine.StandardInput)
            {
                return StandardInput.Read(model.MaxSamples);
            }

            AudioClip clip = AudioFile.Read16k(path);
            foreach (string note in clip.Notes)
            {
                Console.Error.WriteLine($"VoiceCommands: {path}: {note}");
            }

            return clip.Samples;
        }
        catch (AudioFormatException e)
        {
            throw new RecordingException(e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new RecordingException($"{path}: {e.Message}", e);
        }
    }

    private void CheckLength(string name, int samples)
    {
        if (samples > model.MaxSamples)
        {
            throw new RecordingException(string.Create(
                CultureInfo.InvariantCulture, $"{name}: longer than {Seconds(model.MaxSamples):0.##} s; split it, or make room with --max-seconds"));
        }

        if (samples < model.MinSamples)
        {
            throw new RecordingException(string.Create(
                CultureInfo.InvariantCulture, $"{name}: {Seconds(samples):0.####} s of audio is too short, the model needs {Seconds(model.MinSamples):0.####} s"));
        }
    }

    private double Seconds(int samples) => (double)samples / model.SampleRate;
}
