using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.JavaScript;
using StableQuant.Audio;
using StableQuant.Recognition;
using StableQuant.Weights;

namespace SpeechPage;

/// <summary>What the page's worker calls.</summary>
internal static partial class Speech
{
    private static readonly Commands Model = new(maxSeconds: 20);
    private static readonly Recognizer Recognizer = new(Model);

    /// <summary>Name of the kernels in use.</summary>
    [JSExport]
    internal static string Kernels() => Model.Kernels;

    /// <summary>Samples a second that the model wants.</summary>
    [JSExport]
    internal static int SampleRate() => Model.SampleRate;

    /// <summary>
    /// Runs the model on two seconds of silence: .NET interprets code first, and compiles what it repeats. So the first recording takes no longer than the others.
    /// </summary>
    [JSExport]
    internal static void WarmUp() => Logits(new float[2 * Model.SampleRate]);

    /// <summary>The words of a WAV file: text, start and end in seconds, and confidence of each, with tabs between.</summary>
    [JSExport]
    internal static string[] TranscribeWav(byte[] file, string name) => Words(Recognizer.Recognize(AudioFile.Read16k(file, name).Samples));

    /// <summary>The words of samples that the browser has decoded: float32, one channel, at <see cref="SampleRate"/>.</summary>
    [JSExport]
    internal static string[] TranscribeSamples(byte[] samples) => Words(Recognizer.Recognize(MemoryMarshal.Cast<byte, float>(samples)));

    /// <summary>SHA-256 of a WAV file's logits, in hexadecimal: the same here as on every machine.</summary>
    [JSExport]
    internal static string Fingerprint(byte[] file, string name) =>
        Sha256.HashHex(MemoryMarshal.AsBytes<float>(Logits(AudioFile.Read16k(file, name).Samples)));

    private static float[] Logits(float[] samples)
    {
        var logits = new float[Model.FrameCount(samples.Length) * Model.VocabularySize];
        Model.Logits(samples, logits);
        return logits;
    }

    private static string[] Words(Transcription heard) =>
        [.. heard.Words.Select(word => string.Create(CultureInfo.InvariantCulture, $"{word.Text}\t{word.Start:F2}\t{word.End:F2}\t{word.Confidence:F2}"))];
}
