using StableQuant.Graph;

namespace StableQuant.Calibration.Compile;

/// <summary>Reads a <c>.sqmodel</c> from disk.</summary>
public static class DescriptionFile
{
    /// <summary>The largest description read, in bytes; a model of a thousand layers has less than one.</summary>
    private const long MostBytes = 64 << 20;

    /// <summary>Reads a description.</summary>
    /// <param name="path">The <c>.sqmodel</c>.</param>
    /// <param name="text">Its text.</param>
    /// <exception cref="StableQuantException">The file is missing, or is no valid description; the message names line and column.</exception>
    public static ModelDescription Read(string path, out string text)
    {
        if (!File.Exists(path))
        {
            throw new StableQuantException($"{path}: there is no such file.");
        }

        if (new FileInfo(path).Length > MostBytes)
        {
            throw new StableQuantException($"{path}: larger than {MostBytes} bytes: this is not a quantized graph description.");
        }

        text = File.ReadAllText(path);
        return DescriptionReader.Read(text, out DescriptionError? error) ?? throw new StableQuantException($"{path}({error!.Line},{error.Column}): {error.Message}");
    }

    /// <summary>Where the weights of a description lie: beside it, under the same name.</summary>
    public static string WeightsPath(string path) => Path.ChangeExtension(path, ".sqweights");
}
