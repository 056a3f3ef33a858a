using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Recognise;
using StableQuant.Calibration.Import.Trace;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import;

/// <summary>
/// Imports a wav2vec2 or HuBERT style speech model from ONNX: reads and checks the file, traces the graph at a concrete
/// length, recognises the operations, names them by their roles. A graph without a fixed length is traced at two, and
/// must give the same model.
/// </summary>
public static class OnnxImporter
{
    /// <summary>Imports a model.</summary>
    /// <param name="path">The <c>.onnx</c> file; input samples [batch, samples] at 16 kHz, output logits [batch, frames, vocabulary].</param>
    /// <param name="allowSymlinks">Whether external data may be reached through symbolic links, as in a download cache.</param>
    /// <returns>The model's operations and float parameters.</returns>
    /// <exception cref="ImportException">The file is damaged or hostile, or a part of the graph is not understood.</exception>
    public static FloatModel Import(string path, bool allowSymlinks = false)
    {
        // 1. Read and check.
        OnnxFile file = OnnxFile.Load(path, allowSymlinks);
        GraphInputs inputs = new(file);

        // 2. Trace and recognise.
        ConstantPool constants = new(file);
        IReadOnlyList<int> lengths = SampleCounts.Choose(constants, inputs.FixedSamples);
        List<Recognised> models = [.. lengths.Select(samples => new Recognised(Tracer.Trace(constants, inputs, samples)))];

        // 3. Compare, name and assemble.
        foreach (Recognised other in models.Skip(1))
        {
            if (models[0].DiffersFrom(other) is { } difference)
            {
                throw new ImportException(path, difference, "does not do the same at every length of audio; export the model with a dynamic length");
            }
        }

        return models[0].ToModel(Path.GetFileNameWithoutExtension(path));
    }
}
