using StableQuant.Calibration.Vocabularies;
using StableQuant.Calibration;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Benchmarks.Models;

/// <summary>The files of one model that are compared: what is missing is made, once, and kept in the artifacts folder.</summary>
/// <param name="Name">The model's name, and what is special in ours.</param>
/// <param name="Float">Float ONNX.</param>
/// <param name="Static">Static QDQ int8 ONNX; null for none.</param>
/// <param name="Dynamic">Dynamic int8 ONNX; null for none.</param>
/// <param name="Compiled">Our description.</param>
internal sealed record PreparedModel(string Name, string Float, string? Static, string? Dynamic, string Compiled)
{
    /// <summary>Share of the values, in percent, that our grids cover: as many outliers as calibration leaves on average.</summary>
    private const double Percentile = 99.9;

    /// <summary>Makes what is missing.</summary>
    public static PreparedModel Of(BenchmarkModel model, int weightBits)
    {
        string Place(string suffix) => Path.Combine(Repository.Artifacts, model.Name + suffix);
        if (model.IsMember)
        {
            string folder = Place("");
            Made(Path.Combine(folder, "model.safetensors"), path => SeededCheckpoint.Write(model.Float, Path.Combine(folder, "config.json"), path));
            string exported = Made(Place(".onnx"), path => Peers.WriteFloat(folder, path, Place(".onnx.data")));
            return new PreparedModel(model.Name, exported, null, null, Calibrated(model.Name, folder, SeededCheckpoint.Vocabulary(model.Float), weightBits));
        }

        string single = model.Float.EndsWith(Skeleton.Ending, StringComparison.Ordinal) ? Made(Place(".onnx"), path => Skeleton.Fill(model.Float, path)) : model.Float;
        string folded = Place(".folded.onnx");
        string Folded() => Made(folded, path => Peers.Fold(single, path));
        string compiled = weightBits == 8 ? model.Name : $"{model.Name}, {weightBits}-bit weights";
        var prepared = new PreparedModel(
            compiled,
            single,
            model.Static ?? Made(Place(".static.onnx"), path => Peers.WriteStatic(Folded(), path, SpeechDataset.Load(Repository.Speech))),
            model.Dynamic ?? Made(Place(".dynamic.onnx"), path => Peers.WriteDynamic(Folded(), path)),
            Calibrated(compiled, single, VocabularyFile.Load(Repository.Vocabulary), weightBits));
        File.Delete(folded);
        return prepared;
    }

    /// <summary>Our model, made by the calibration library of this very build: another build calibrates anew.</summary>
    private static string Calibrated(string name, string single, Vocabulary vocabulary, int weightBits)
    {
        string build = typeof(Calibrator).Module.ModuleVersionId.ToString("N")[..8];
        string path = Path.Combine(Repository.Artifacts, $"{name}.{build}.sqmodel");
        if (!File.Exists(path))
        {
            foreach (string other in Directory.Exists(Repository.Artifacts) ? Directory.GetFiles(Repository.Artifacts, $"{name}.????????.sq*") : [])
            {
                File.Delete(other);
            }

            Say($"calibrating {name}");
            var request = new CalibrationRequest
            {
                ModelPath = single,
                Head = vocabulary,
                Data = SpeechDataset.Load(Repository.Speech),
                OutputPath = path,
                Method = CalibrationMethod.Percentile,
                Percentile = Percentile,
                Outliers = Outliers.Keep,
                WeightBits = new WeightBits(weightBits),

                // Error feedback takes a billion weights half an hour, and no product is faster or slower for it.
                Levers = CalibrationLevers.WeightScales,
            };
            Calibrator.Run(request, new ProgressOf<CalibrationProgress>(_ => { }), CancellationToken.None);
        }

        return path;
    }

    private static string Made(string path, Action<string> make)
    {
        if (!File.Exists(path))
        {
            Say($"making {Path.GetFileName(path)}");
            using var files = new AtomicFiles();
            make(files.Add(path));
            files.Commit();
        }

        return path;
    }

    private static void Say(string what) => Console.Error.WriteLine($"benchmark: {what}");
}
