using StableQuant.Audio;
using StableQuant.Benchmarks.Compare;
using StableQuant.Benchmarks.Models;
using StableQuant.Calibration.Float;
using StableQuant.Decoding;
using StableQuant.Graph;
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
        Vocabulary vocabulary = VocabularyFile.Load(Repository.Vocabulary);
        var decoder = new CtcDecoder(new CtcVocabulary([.. vocabulary.Tokens], vocabulary.Blank, vocabulary.WordDelimiter));
        using var runtime = new OnnxCandidate(model, FloatFrontEnd.Normalized, pcm, threads: 1);
        runtime.Run();
        float[] logits = runtime.Logits();
        int frames = logits.Length / vocabulary.Tokens.Count;
        var text = new char[decoder.MaxTextLength(frames)];
        Console.WriteLine(new string(text, 0, decoder.Decode(logits, frames, text)));
        Console.In.Read();
    }
}
