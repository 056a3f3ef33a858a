using StableQuant.Calibration.Float;

namespace StableQuant.Calibration.Import;

/// <summary>Imports float models by what their path is.</summary>
public static class ModelImporter
{
    /// <summary>Imports a model.</summary>
    /// <param name="path">A Hugging Face folder (<see cref="CheckpointImporter"/>) or an ONNX file (<see cref="OnnxImporter"/>).</param>
    /// <param name="note">Is told what a checkpoint does not say, in a sentence for people; null for nobody.</param>
    /// <exception cref="ImportException">It is damaged or hostile, or of a kind that is not supported.</exception>
    public static FloatModel Import(string path, Action<string>? note = null) => Directory.Exists(path) ? CheckpointImporter.Import(path, note) : OnnxImporter.Import(path);
}
