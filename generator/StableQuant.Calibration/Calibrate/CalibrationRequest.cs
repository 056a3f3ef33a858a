using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>What to calibrate, with which speech, and where to put the result.</summary>
public sealed record CalibrationRequest
{
    /// <summary>The float model, an ONNX file or a checkpoint's folder.</summary>
    public required string ModelPath { get; init; }

    /// <summary>Whether symbolic links to the model's external data may lead out of its folder and of its download cache.</summary>
    public bool AllowSymlinks { get; init; }

    /// <summary>Of a checkpoint with adapters for languages, which; null for its own choice.</summary>
    public string? Language { get; init; }

    /// <summary>What the outputs stand for.</summary>
    public required Head Head { get; init; }

    /// <summary>Speech to calibrate with.</summary>
    public required SpeechDataset Data { get; init; }

    /// <summary>
    /// Speech that calibration does not see, for an honest word error rate in the receipt. Null: with
    /// <see cref="CalibrationMethod.StableQuant"/> every fifth utterance of <see cref="Data"/> is held back, else there is none.
    /// </summary>
    public SpeechDataset? Holdout { get; init; }

    /// <summary>
    /// Speech unlike the calibration's, with or without transcripts: on it is counted how many words differ from the float model's. Far from
    /// what calibration knows this tells more than word errors on easy speech. Null for none.
    /// </summary>
    public SpeechDataset? Probe { get; init; }

    /// <summary>Whether to find out which operand of which layer makes the difference on <see cref="Probe"/> (<see cref="CalibrationResult.Attribution"/>).</summary>
    public bool Attribute { get; init; }

    /// <summary>Where the <c>.sqmodel</c> goes; the <c>.sqweights</c> goes beside it.</summary>
    public required string OutputPath { get; init; }

    /// <summary>A report for people, which is written together with the model; null for none.</summary>
    public ReportFile? Report { get; init; }

    /// <summary>Is told in a sentence what a person should know: what of the model is read in another way than its file says, what makes the result worth less than it looks (<see cref="SpeechWarnings"/>), that the work goes on where an earlier run was stopped. Null for nobody.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>The command that asked for this, for the report; folders and what changes no result are left out. Null where there was none.</summary>
    public string? CommandLine { get; init; }

    /// <summary>How ranges are chosen.</summary>
    public CalibrationMethod Method { get; init; } = CalibrationMethod.StableQuant;

    /// <summary>Share of the values, in percent, that the grid covers with <see cref="CalibrationMethod.Percentile"/>.</summary>
    public double Percentile { get; init; } = 99.9;

    /// <summary>
    /// What happens to outliers, values that a grid does not cover. Kept ones cost no accuracy, so that with them the grid may be fine;
    /// queries, keys and values of an attention are clipped in any case, and get grids that cover them all.
    /// </summary>
    public Outliers Outliers { get; init; } = Outliers.Clip;

    /// <summary>What the search may add to the paper's steps; the other methods use none.</summary>
    public CalibrationLevers Levers { get; init; } = CalibrationLevers.All;

    /// <summary>How much time finer grids may take that keep outliers.</summary>
    public CalibrationFidelity Fidelity { get; init; }

    /// <summary>Bits of weights.</summary>
    public WeightBits WeightBits { get; init; } = WeightBits.Eight;

    /// <summary>Bytes that description and weights may take together, where bits are chosen layer by layer; null where the model shall be as small as it can be at no loss.</summary>
    public long? SizeLimit { get; init; }

    /// <summary>Rise in word error rate, in points (hundredths), above which a layer is selected.</summary>
    public double WerThreshold { get; init; } = 0.25;

    /// <summary>Rise in word error rate, in points, that the whole model may have before the search goes on.</summary>
    public double WerBudget { get; init; } = 0.3;

    /// <summary>How many times the search may go on.</summary>
    public int Budget { get; init; } = 10;

    /// <summary>
    /// Whether the search may leave layers in float32, those that diverge most first, when nothing else brings the whole
    /// model within the budget.
    /// </summary>
    public bool AllowFloat { get; init; }

    /// <summary>Layers that stay float32 in any case.</summary>
    public IReadOnlySet<string> FloatLayers { get; init; } = new HashSet<string>();

    /// <summary>Threads to use.</summary>
    public int Threads { get; init; } = 1;
}
