using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;

namespace StableQuant.Calibration.Compile;

/// <summary>Opens models by what their path is: a file's ending, or a folder.</summary>
public static class ModelSource
{
    /// <summary>The ending of a float model in a file.</summary>
    public const string OnnxEnding = ".onnx";

    /// <summary>The ending of a quantized graph description.</summary>
    public const string CompiledEnding = ".sqmodel";

    /// <summary>Whether the file's ending says that it is a quantized graph description.</summary>
    public static bool IsCompiled(string path) => path.EndsWith(CompiledEnding, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is a float model: a folder, which is a checkpoint, or a file whose ending says that it is an ONNX model.</summary>
    public static bool IsFloat(string path) => Directory.Exists(path) || path.EndsWith(OnnxEnding, StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens a model.</summary>
    /// <param name="path">A <c>.sqmodel</c>, which is compiled in memory, or an <c>.onnx</c> or a checkpoint's folder, which ONNX Runtime runs.</param>
    /// <param name="threads">Threads that work on one utterance of a float model.</param>
    /// <param name="options">What a float model's files do not say; null for nothing. A <c>.sqmodel</c> says all.</param>
    /// <exception cref="StableQuantException">The model cannot be opened.</exception>
    public static IModelSource Open(string path, int threads, FloatModelOptions? options = null)
    {
        options ??= new FloatModelOptions();
        return IsCompiled(path)
            ? CompiledModelSource.Load(path, AssemblyCache.OfUser())
            : new FloatModelSource(ModelImporter.Import(path, options.Note, options.AllowSymlinks, options.Choice.Language), options.LoadHead(path), threads);
    }

    /// <summary>Opens a model for its outputs alone, which need no vocabulary and no labels: a float model's are taken as they are.</summary>
    /// <param name="path">As for <see cref="Open"/>.</param>
    /// <param name="givenChannels">Where the instances' input shall be the network's own: 1 for samples, which nothing shifts and scales then, or the channels of features; null for audio.</param>
    /// <param name="threads">As for <see cref="Open"/>.</param>
    /// <param name="options">As for <see cref="Open"/>.</param>
    /// <exception cref="StableQuantException">The model cannot be opened.</exception>
    public static IModelSource OpenForLogits(string path, int? givenChannels, int threads, FloatModelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (IsCompiled(path))
        {
            return CompiledModelSource.Load(path, AssemblyCache.OfUser(), givenChannels);
        }

        FloatModel model = ModelImporter.Import(path, options.Note, options.AllowSymlinks, options.Choice.Language);
        return new FloatModelSource(givenChannels is { } channels ? model with { FrontEnd = model.FrontEnd.Given(path, channels) } : model, new Embedding(), threads);
    }
}
