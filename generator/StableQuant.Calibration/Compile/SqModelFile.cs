using StableQuant.Generator;
using StableQuant.Graph;
using StableQuant.Graph.Text;

namespace StableQuant.Calibration.Compile;

/// <summary>Quantized graph descriptions as files: errors name the file and the place in it.</summary>
public static class SqModelFile
{
    /// <summary>The largest description read, in bytes; a model of a thousand layers has less than one million.</summary>
    private const long MaxBytes = 64 << 20;

    /// <summary>Reads a description.</summary>
    /// <exception cref="StableQuantException">The file is missing or malformed.</exception>
    public static ModelDescription Read(string path)
    {
        ModelDescription? model = DescriptionReader.Read(Text(path), out DescriptionError? error);
        return model ?? throw Malformed(path, error);
    }

    /// <summary>Where the weights of a description lie: beside it, under the same name.</summary>
    public static string WeightsPath(string path) => Path.ChangeExtension(path, ".sqweights");

    /// <summary>Where calibration keeps what it has measured until the description is written: beside it, under the same name.</summary>
    public static string JournalPath(string path) => Path.ChangeExtension(path, ".sqsearch");

    /// <summary>The C# that the source generator makes of a description.</summary>
    /// <param name="path">The <c>.sqmodel</c>.</param>
    /// <param name="target">The class to make.</param>
    /// <exception cref="StableQuantException">The file is missing or malformed.</exception>
    public static IReadOnlyList<GeneratedFile> Compile(string path, ClassTarget target)
    {
        IReadOnlyList<GeneratedFile> files = ModelCompiler.Compile(Text(path), target, out DescriptionError? error);
        return error is null ? files : throw Malformed(path, error);
    }

    private static string Text(string path) =>
        Directory.Exists(path) ? throw new StableQuantException($"{path}: is a folder; name a .sqmodel file.")
        : !File.Exists(path) ? throw new StableQuantException($"{path}: there is no such model.")
        : new FileInfo(path).Length > MaxBytes ? throw new StableQuantException($"{path}: larger than {MaxBytes} bytes: this is no quantized graph description.")
        : File.ReadAllText(path);

    private static StableQuantException Malformed(string path, DescriptionError? error) =>
        new(FormattableString.Invariant($"{path}({error?.Line},{error?.Column}): {error?.Message}"));
}
