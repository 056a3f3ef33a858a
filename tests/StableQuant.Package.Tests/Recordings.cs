using System.Runtime.InteropServices;
using StableQuant.Audio;
using StableQuant.Kernels;
using StableQuant.Recognition;
using StableQuant.Weights;

namespace StableQuant.Package.Tests;

/// <summary>The sample's recordings, and what the model makes of them here, under the JIT.</summary>
internal static class Recordings
{
    private static readonly Lazy<(string Name, float[] Pcm)[]> Loaded = new(() =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Recordings"), "*.wav").Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), AudioFile.Load16k(path)))]);

    private static readonly Lazy<Lazy<float[]>[]> Scalar = new(() =>
        [.. All.Select(recording => new Lazy<float[]>(() => Logits(InstructionSet.Scalar, [recording])[0]))]);

    public static (string Name, float[] Pcm)[] All => Loaded.Value;

    /// <summary>Those that tell one path from another; the scalar one takes long for all.</summary>
    public static (string Name, float[] Pcm)[] Few => All[..10];

    /// <summary>The logits of each recording on the normative path, when they are asked for.</summary>
    public static IEnumerable<float[]> ScalarLogits => Scalar.Value.Select(logits => logits.Value);

    public static float[][] Logits(InstructionSet path, (string Name, float[] Pcm)[] recordings) => On(path, () =>
    {
        using var model = new Commands();
        return recordings.Select(recording => Logits(model, recording.Pcm)).ToArray();
    });

    public static float[] Logits(ISpeechModel model, float[] pcm)
    {
        var logits = new float[model.FrameCount(pcm.Length) * model.VocabularySize];
        model.Logits(pcm, logits);
        return logits;
    }

    public static string Transcribe(ISpeechModel model, float[] pcm)
    {
        var text = new char[model.MaxTextLength(pcm.Length)];
        return new string(text, 0, model.Transcribe(pcm, text));
    }

    /// <summary>The words of a recording with their times in seconds, as a server tells them.</summary>
    public static IEnumerable<(string?, double, double)> Words(string path)
    {
        using var model = new Commands();
        return [.. new Recognizer(model).RecognizeFile(path).Words.Select(word => ((string?)word.Text, word.Start, word.End))];
    }

    /// <summary>The normative path's logits as the sample's <c>--fingerprint</c> prints them, a line a recording, in order of their names; each when it is asked for.</summary>
    public static IEnumerable<string> Fingerprints =>
        All.Zip(ScalarLogits, (recording, logits) => $"{recording.Name}\t{Sha256.HashHex(MemoryMarshal.AsBytes<float>(logits))}");

    /// <summary>Runs on one path.</summary>
    public static T On<T>(InstructionSet path, Func<T> work)
    {
        InstructionSets.OnThisThread = path;
        try
        {
            return work();
        }
        finally
        {
            InstructionSets.OnThisThread = null;
        }
    }
}
