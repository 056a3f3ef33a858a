using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Recognise;
using StableQuant.Calibration.Import.Trace;

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
    /// <param name="allowSymlinks">Whether symbolic links to external data may lead out of the model's folder and of its download cache.</param>
    /// <returns>The model's operations and float parameters.</returns>
    /// <exception cref="ImportException">The file is damaged or hostile, or a part of the graph is not understood.</exception>
    public static FloatModel Import(string path, bool allowSymlinks = false) => Import(OnnxFile.Load(path, allowSymlinks));

    /// <summary>Imports a model that is <see cref="OnnxFile.Load">read and checked</see>.</summary>
    internal static FloatModel Import(OnnxFile file)
    {
        GraphInputs inputs = new(file);

        // 1. Trace and recognise.
        ConstantPool constants = new(file);
        IReadOnlyList<int> lengths = SampleCounts.Choose(constants, inputs.FixedSamples);
        List<Recognised> models = [.. lengths.Select(samples => new Recognised(Tracer.Trace(constants, inputs, samples)))];

        // 2. Compare, name and assemble.
        foreach (Recognised other in models.Skip(1))
        {
            models[0].AgreeOnPadding(other);
            if (models[0].DiffersFrom(other) is { } difference)
            {
                throw new ImportException(file.Path, difference, "does not do the same at every length of audio; export the model with a dynamic length");
            }
        }

        FloatModel model = models[0].ToModel(Path.GetFileNameWithoutExtension(file.Path));
        List<string> notes = [.. inputs.Notes];
        return model with
        {
            FrontEnd = inputs.FrontEnd(model.Operations[0], notes.Add),
            Origin = file.Path, FileBytes = file.Bytes, IsHalf = file.Graph.IsHalf, Output = inputs.MadeOfLogits, Head = inputs.Head, Notes = notes,
        };
    }
}
