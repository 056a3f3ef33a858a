using StableQuant.Audio;
using StableQuant.Benchmarks.Models;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Vocabularies;

namespace StableQuant.Benchmarks.Programs;

/// <summary>The smallest .NET program around ONNX Runtime, to set beside the sample: this one, started with <see cref="Verb"/>.</summary>
internal static class OnnxProgram
{
    /// <summary>The first argument that makes this program be that one.</summary>
    public const string Verb = "onnx";

    /// <summary>Prints what a model hears in a recording, then waits for the end of standard input.</summary>
    public static void Run(string model, string recording)
    {
        float[] pcm = AudioFile.Load16k(recording);
        using OnnxModelSource source = OnnxModelSource.Load(model, VocabularyFile.Load(Repository.Vocabulary));
        using ISpeechModel instance = source.Create(maxSeconds: 30);
        var text = new char[instance.MaxTextLength(pcm.Length)];
        Console.WriteLine(new string(text, 0, instance.Transcribe(pcm, text)));
        Console.In.Read();
    }
}
