using StableQuant.Audio;
using StableQuant.Benchmarks.Models;
using StableQuant.Calibration.Speech;

namespace StableQuant.Benchmarks.Compare;

/// <summary>Speech of any length: the recordings of the test data, one after another, over and over.</summary>
internal static class Speech
{
    /// <summary>Samples a second.</summary>
    public const int SampleRate = AudioFile.ModelRate;

    private static readonly Lazy<float[]> Recordings = new(() =>
        [.. SpeechDataset.Load(Repository.Speech).Utterances.SelectMany(u => AudioFile.Load16k(u.AudioPath))]);

    /// <summary>So many seconds of it.</summary>
    public static float[] Of(int seconds) => [.. Enumerable.Range(0, seconds * SampleRate).Select(i => Recordings.Value[i % Recordings.Value.Length])];
}
