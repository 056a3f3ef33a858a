using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Vocabularies;

namespace StableQuant.Calibration.Compile;

/// <summary>Opens models by the ending of their file.</summary>
public static class ModelSource
{
    /// <summary>The ending of a float model.</summary>
    public const string OnnxEnding = ".onnx";

    /// <summary>The ending of a quantized graph description.</summary>
    public const string CompiledEnding = ".sqmodel";

    /// <summary>Whether the file's ending says that it is a quantized graph description.</summary>
    public static bool IsCompiled(string path) => path.EndsWith(CompiledEnding, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the file's ending says that it is an ONNX model.</summary>
    public static bool IsOnnx(string path) => path.EndsWith(OnnxEnding, StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens a model.</summary>
    /// <param name="path">A <c>.sqmodel</c>, which is compiled in memory, or an <c>.onnx</c>, which ONNX Runtime runs.</param>
    /// <param name="vocabularyPath">The vocabulary of an <c>.onnx</c>; null for the one beside it. A <c>.sqmodel</c> carries its own.</param>
    /// <param name="threads">Threads that work on one utterance of an <c>.onnx</c>.</param>
    /// <param name="choice">What the user says of that vocabulary; null for nothing.</param>
    /// <param name="note">Receives a line on each thing that is not as it should be, and how it was read.</param>
    /// <exception cref="StableQuantException">The model cannot be opened.</exception>
    public static IModelSource Open(string path, string? vocabularyPath, int threads, VocabularyChoice? choice = null, Action<string>? note = null) =>
        IsCompiled(path)
            ? CompiledModelSource.Load(path, AssemblyCache.OfUser())
            : OnnxModelSource.Load(path, VocabularyFile.LoadFor(path, vocabularyPath, choice, note), threads);
}
