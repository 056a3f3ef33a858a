using StableQuant.Benchmarks.Models;
using StableQuant.Benchmarks.Report;
using StableQuant.Calibration;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Speech;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;

namespace StableQuant.Benchmarks.Accuracy;

/// <summary>Calibrates a model by every method, as <c>stablequant compare</c> does, and counts word errors.</summary>
internal static class AccuracyRun
{
    /// <summary>What the float model's cells are called.</summary>
    public const string Float = "float";

    /// <summary>The default method with weights of 7 bits.</summary>
    public const string SevenBits = "stablequant, keep, 7 bits";

    /// <summary>All methods by name.</summary>
    public static IReadOnlyList<string> Methods { get; } = [.. ComparedMethod.All.Select(method => method.Name), SevenBits];

    /// <summary>Runs methods on a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="methods">Names of <see cref="Methods"/>.</param>
    /// <param name="results">Gets the counts.</param>
    public static void Run(AccuracyModel model, IReadOnlyCollection<string> methods, AccuracyResults results)
    {
        SpeechDataset Speech(string name) => SpeechDataset.Load(Path.Combine(Repository.SharedModels, "..", "audio", name + ".tsv"));
        string folder = Path.Combine(Repository.Artifacts, "accuracy");
        var common = new CalibrationRequest
        {
            ModelPath = Path.Combine(Repository.SharedModels, model.Name + ".onnx"),
            Head = VocabularyFile.Load(Repository.Vocabulary),
            Data = Speech(model.Development),
            Holdout = Speech(model.Same.Data),
            Probe = Speech(model.Elsewhere.Data),
            OutputPath = Path.Combine(folder, model.Name + ".sqmodel"),
            Threads = Environment.ProcessorCount,
        };
        (string Name, CalibrationRequest Request)[] requests =
        [
            .. ComparedMethod.All.Select(method => (method.Name, method.Of(common))),
            (SevenBits, ComparedMethod.All[^1].Of(common) with { WeightBits = new WeightBits(7) }),
        ];
        requests = [.. requests.Where(request => methods.Contains(request.Name))];
        // Before the work: the sources may be edited while it runs.
        var machine = Machine.Here();
        string step = "";
        IReadOnlyList<CalibrationResult> measured = Calibrator.RunAll(requests, new ProgressOf<CalibrationProgress>(p =>
        {
            if (p.Step != step)
            {
                Console.Error.WriteLine($"{model.Name}: {step = p.Step}");
            }
        }), CancellationToken.None);
        foreach ((string name, CalibrationResult result) in requests.Select(r => r.Name).Zip(measured))
        {
            foreach (MeasuredSet set in (MeasuredSet[])[result.Sets[^1], result.Probe!])
            {
                string data = set == result.Probe ? model.Elsewhere.Data : model.Same.Data;
                results.Add(model.Name, data, Float, set.Float.WordErrors.Errors, set.Float.Words);
                results.Add(model.Name, data, name, set.Quantized.WordErrors.Errors, set.Quantized.Words);
            }

            results.AddRun(model.Name, name, machine);
        }

        results.Save();
    }
}
