using StableQuant.Calibration.Float;

namespace StableQuant.Calibration.Import;

/// <summary>Imports float models by what their path is.</summary>
public static class ModelImporter
{
    /// <summary>Imports a model.</summary>
    /// <param name="path">A Hugging Face folder (<see cref="CheckpointImporter"/>) or an ONNX file (<see cref="OnnxImporter"/>).</param>
    /// <param name="note">Is told in a sentence what the files do not say, or what of them was read in another way than they say; null for nobody.</param>
    /// <param name="allowSymlinks">Whether symbolic links to the external data of an ONNX file may lead out of its folder and of its download cache.</param>
    /// <param name="language">Of a checkpoint with adapters for languages, which; null for its own choice.</param>
    /// <exception cref="ImportException">It is damaged or hostile, or of a kind that is not supported.</exception>
    public static FloatModel Import(string path, Action<string>? note = null, bool allowSymlinks = false, string? language = null)
    {
        if (Directory.Exists(path))
        {
            return CheckpointImporter.Import(path, note, language);
        }

        FloatModel model = OnnxImporter.Import(path, allowSymlinks);
        foreach (string said in model.Notes)
        {
            note?.Invoke(said);
        }

        return model;
    }
}
