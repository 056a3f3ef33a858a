using StableQuant.Benchmarks.Models;
using StableQuant.Benchmarks.Report;
using StableQuant.Calibration;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Speech;
using StableQuant.Calibration.Vocabularies;

namespace StableQuant.Benchmarks.Accuracy;

/// <summary>Calibrates a model by every method, as <c>stablequant compare</c> does, and counts word errors.</summary>
internal static class AccuracyRun
{
    /// <summary>What the float model's cells are called.</summary>
    public const string Float = "float";

    // Of all methods those with weights of 8 bits; of other bits the default one. Weights of 7 bits have a search of their own, so that it comes last.
    private static readonly WeightBits[] Bits = [WeightBits.Eight, new(4), new(3), new(null), new(7)];

    /// <summary>The default method with weights of 8 bits, which the name does not say, of 4 and of 3 bits, and of what each layer needs.</summary>
    public static IReadOnlyList<string> StoredBits { get; } = [.. Bits.SkipLast(1).Select(Default)];

    /// <summary>The default method with weights of 7 bits.</summary>
    public static string SevenBits { get; } = Default(Bits[^1]);

    /// <summary>All methods by name.</summary>
    public static IReadOnlyList<string> Methods { get; } = [.. ComparedMethod.All.SkipLast(1).Select(method => method.Name), .. StoredBits, SevenBits];

    /// <summary>Runs methods on a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="methods">Names of its <see cref="AccuracyModel.Methods"/>.</param>
    /// <param name="results">Gets the counts.</param>
    public static void Run(AccuracyModel model, IReadOnlyCollection<string> methods, AccuracyResults results)
    {
        SpeechDataset Speech(string name) => SpeechDataset.Load(Path.Combine(Repository.SharedModels, "..", "audio", name + ".tsv"));
        string folder = Path.Combine(Repository.Artifacts, "accuracy");
        var common = new CalibrationRequest
        {
            ModelPath = Path.Combine(Repository.SharedModels, model.Name + ".onnx"),
            Head = VocabularyFile.Load(model.Vocabulary),
            Data = Speech(model.Development),
            Holdout = Speech(model.Same.Data),
            Probe = Speech(AccuracyModel.Elsewhere.Data),
            OutputPath = Path.Combine(folder, model.Name + ".sqmodel"),
            Threads = Environment.ProcessorCount,
        };
        (string Name, CalibrationRequest Request)[] requests = [.. ComparedMethod.Requests(common, Bits).Where(request => methods.Contains(request.Name))];
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
                string data = set == result.Probe ? AccuracyModel.Elsewhere.Data : model.Same.Data;
                results.Add(model.Name, data, Float, set.Float.WordErrors.Errors, set.Float.Words);
                results.Add(model.Name, data, name, set.Quantized.WordErrors.Errors, set.Quantized.Words);
            }

            results.AddSize(model.Name, Float, result.FloatBytes);
            results.AddSize(model.Name, name, result.QuantizedBytes);
            results.AddRun(model.Name, name, machine);
        }

        results.Save();
    }

    private static string Default(WeightBits bits) => bits == WeightBits.Eight ? ComparedMethod.All[^1].Name : $"{ComparedMethod.All[^1].Name}, {bits} bits";
}
