using StableQuant.Generator;
using StableQuant.Graph;

namespace StableQuant.Calibration;

/// <summary>Quantized graph descriptions as files: errors name the file and the place in it.</summary>
public static class SqModelFile
{
    /// <summary>Reads a description.</summary>
    /// <exception cref="StableQuantException">The file is missing or malformed.</exception>
    public static ModelDescription Read(string path)
    {
        ModelDescription? model = DescriptionReader.Read(Text(path), out DescriptionError? error);
        return model ?? throw Malformed(path, error);
    }

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
        File.Exists(path) ? File.ReadAllText(path) : throw new StableQuantException($"{path}: there is no such model.");

    private static StableQuantException Malformed(string path, DescriptionError? error) =>
        new(FormattableString.Invariant($"{path}({error?.Line},{error?.Column}): {error?.Message}"));
}
