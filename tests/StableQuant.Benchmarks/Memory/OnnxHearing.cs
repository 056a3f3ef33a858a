using Microsoft.ML.OnnxRuntime;
using StableQuant.Benchmarks.Models;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Decoding;
using StableQuant.Graph;
using StableQuant.ModelProgram;

namespace StableQuant.Benchmarks.Memory;

/// <summary>A model in ONNX Runtime as a program that is watched: this one, started with <see cref="Verb"/>. Streams share a session, which serves them at a time; each runs on its own thread alone.</summary>
internal sealed class OnnxHearing : IHearing
{
    /// <summary>The first argument that makes this program be that one.</summary>
    public const string Verb = "onnx-watched";

    /// <summary>What stands for a description where samples are normalised.</summary>
    public const string Normalized = "-";

    private static readonly RunOptions Options = new();

    private readonly InferenceSession session;
    private readonly Graph.FrontEnd frontEnd;
    private CtcDecoder? decoder;

    private OnnxHearing(InferenceSession session, Graph.FrontEnd frontEnd)
    {
        this.session = session;
        this.frontEnd = frontEnd;
    }

    /// <summary>Runs it.</summary>
    /// <param name="model">The ONNX file.</param>
    /// <param name="description">A <c>.sqmodel</c> that says what it takes of an utterance, or <see cref="Normalized"/>.</param>
    /// <param name="args">See <see cref="Watched"/>.</param>
    public static int Run(string model, string description, ReadOnlySpan<string> args)
    {
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        Graph.FrontEnd frontEnd = description == Normalized ? FloatFrontEnd.Normalized : SqModelFile.Read(description).FrontEnd;
        var session = new Lazy<InferenceSession>(() => new InferenceSession(model, settings));
        return Watched.Run(args, () => new OnnxHearing(session.Value, frontEnd));
    }

    /// <inheritdoc/>
    public string Hear(float[] pcm)
    {
        (_, float[] values, long[] shape) = FloatGraph.Input(frontEnd, frontEnd.Apply(pcm));
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(values, shape);
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(Options, [session.InputNames.Single()], [input], [session.OutputNames.Single()]);
        ReadOnlySpan<float> logits = outputs[0].GetTensorDataAsSpan<float>();
        long[] size = outputs[0].GetTensorTypeAndShape().Shape;
        int frames = (int)size[^2];
        decoder ??= new CtcDecoder(Tokens((int)size[^1]));
        var text = new char[decoder.MaxTextLength(frames)];
        return new string(text, 0, decoder.Decode(logits, frames, text));
    }

    /// <summary>Ends the session of all streams; the first one does.</summary>
    public void Dispose() => session.Dispose();

    // What seeded weights say are no words, whatever their tokens are.
    private static CtcVocabulary Tokens(int count)
    {
        Vocabulary vocabulary = VocabularyFile.Load(Repository.Vocabulary);
        return vocabulary.Tokens.Count == count
            ? new CtcVocabulary([.. vocabulary.Tokens], vocabulary.Blank, vocabulary.WordDelimiter)
            : new CtcVocabulary([.. Enumerable.Range(0, count).Select(i => $"{i}")], 0, -1);
    }
}
