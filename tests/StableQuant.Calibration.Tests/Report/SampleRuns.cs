using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Report;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Report;

/// <summary>Runs to report of, with all that a page can show; names and words can be made hostile.</summary>
internal static class SampleRuns
{
    public const string Script = "<script>hostile=1</script>";
    public const string Image = "\"'><img src=x onerror=hostile=1>&amp;\u0001\uD800";

    private static readonly double[] Divergences = [4e-2, 5e-4, 3e-5];

    /// <summary>What <c>calibrate</c> reports.</summary>
    /// <param name="hostile">What names and words contain.</param>
    public static ReportedRun[] Calibrate(string hostile = "") => [Run("stablequant, keep", CalibrationMethod.StableQuant, Outliers.Keep, hostile)];

    /// <summary>What <c>compare</c> reports.</summary>
    public static ReportedRun[] Compare(string hostile = "") =>
    [
        Run("max", CalibrationMethod.Max, Outliers.Clip, hostile),
        Run("stablequant, clip", CalibrationMethod.StableQuant, Outliers.Clip, hostile),
        .. Calibrate(hostile),
    ];

    /// <summary>What <c>compare</c> reports of a model of many layers on many utterances: seven methods, of 24 layers and 300 utterances all are other ones.</summary>
    public static ReportedRun[] Large() => [.. Enumerable.Range(0, 7).Select(i =>
    {
        ReportedRun run = Run($"stablequant, form {i}", CalibrationMethod.StableQuant, Outliers.Clip, "");
        (string, string, string, string)[] utterances =
            [.. Enumerable.Range(0, 300).Select(u => ($"{u:0000}.wav", "SWITCH ON THE LIGHT IN THE KITCHEN", "SWITCH ON THE LIGHT IN THE KITCHEN", "SWITCH ON THE LIGHT IN A KITTEN"))];
        CalibratedLayer[] layers = [.. Enumerable.Range(0, 24).Select(l => run.Result.Layers[l % 2] with { Name = $"block{l}" })];
        return run with
        {
            Result = run.Result with
            {
                Sets = [Set("calibration", "dev", utterances), Set("holdout", "test", utterances)],
                Layers = layers,
                Operands = [.. layers.Select(layer => run.Result.Operands[0] with { Layer = layer.Name })],
            },
        };
    })];

    private static ReportedRun Run(string method, CalibrationMethod kind, Outliers outliers, string hostile)
    {
        MeasuredSet[] sets =
        [
            Set("calibration", "dev" + hostile, ("0001" + hostile, "TURN ON THE LIGHT" + hostile, "TURN ON THE LIGHT" + hostile, "TURN ON LIGHT" + hostile)),
            Set(
                "holdout", "digits" + hostile,
                ("0001.wav", "ONE TWO", "ONE TWO", "ONE TWO"),
                ("0002.wav", string.Concat(Enumerable.Repeat("SEVEN EIGHT NINE ", 12)), string.Concat(Enumerable.Repeat("SEVEN EIGHT NINE ", 12)), string.Concat(Enumerable.Repeat("SEVEN A NINE ", 12)))),
        ];
        MeasuredSet probe = Set("probe", "hall" + hostile, ("0001.wav", "FOUR FIVE", "FOUR FIVE", "FOUR NINE NINE"), ("0002.wav", "SIX", "SIX", "SIX"));
        bool searched = kind == CalibrationMethod.StableQuant;
        CalibratedLayer[] layers = [.. Divergences.Select((divergence, i) => new CalibratedLayer(
            $"encoder.layer_norm.convolution{i}{hostile}", searched && i < 2, searched && i < 2 ? "divergence" : "max", searched && i < 2 ? 99.5 : 100, searched && i < 2 ? 0.0049 : 0,
            searched ? [new LayerTrial(100, 0.005, -0.01, 0.02, divergence, 31.5), new LayerTrial(99.5, 0, 0, 0.01, 1e-4, 42)] : [])
        {
            HelpsOnHoldout = searched && i < 2 ? i == 0 : null,
        })];
        Histogram values = Values();
        CalibratedOperand[] operands =
        [
            .. layers.Skip(1).Select(layer => new CalibratedOperand(
                layer.Name, "gelu" + hostile, values, QuantizationGrid.Covering(QuantizedType.U8, values, layer.Percentile, outliers, layer.Why))),
            new CalibratedOperand(layers[^1].Name, "key", new Histogram(), QuantizationGrid.Covering(QuantizedType.S8, new Histogram(), 100, Outliers.Clip, "silence")),
        ];
        var request = new CalibrationRequest
        {
            CommandLine = $"stablequant calibrate model{hostile.Replace('/', '∕')}.onnx --data dev.tsv -o model.sqmodel",
            ModelPath = "/somewhere/model" + hostile.Replace('/', '∕') + ".onnx", Head = null!, Data = null!, OutputPath = "/somewhere/model.sqmodel", Method = kind, Outliers = outliers,
        };
        return new ReportedRun(method + hostile, request, new CalibrationResult(
            sets, probe, outliers == Outliers.Keep ? Attribution(layers) : [], layers, operands, [new CalibrationStep("select layers" + hostile, 17, TimeSpan.FromSeconds(Random.Shared.NextDouble()))],
            new Receipt(method, new(["augment"]), new([]), new([.. sets.Select(set => set.Measurement), probe.Measurement])), 13_172_612, 3_526_657, "/somewhere/model.sqmodel", "/somewhere/model.sqweights")
        {
            ModelSha256 = new string('a', 64),
            WeightsSha256 = new string('b', 64),
            Noise = [new("silence", "", ""), new("white noise at -30 dBFS", "", "A" + hostile)],
        });
    }

    private static AttributedPart[] Attribution(CalibratedLayer[] layers) =>
    [
        new(null, null, new ErrorRate(1, 1, 0, 3), 1e-2),
        new(null, OperandKind.Weights, new ErrorRate(0, 0, 0, 3), 4e-5),
        new(null, OperandKind.ConvolutionInputs, new ErrorRate(1, 0, 0, 3), 9e-3),
        .. layers.Select((layer, i) => new AttributedPart(layer.Name, null, new ErrorRate(0, i, 0, 3), 1e-3 * (i + 1))),
        new(layers[^1].Name, OperandKind.ConvolutionInputs, new ErrorRate(0, 2, 0, 3), 3e-3),
    ];

    private static MeasuredSet Set(string role, string name, params (string Id, string Reference, string Float, string Int8)[] utterances)
    {
        EvaluationResult Heard(Func<(string Id, string Reference, string Float, string Int8), string> text) => new([.. utterances.Select(u => new UtteranceResult(
            new Utterance(u.Id, "/somewhere/" + u.Id, u.Reference), new Transcript(text(u), 1, Random.Shared.NextDouble()), ErrorRate.OfWords(u.Reference, text(u)), ErrorRate.OfCharacters(u.Reference, text(u))))]);
        return MeasuredSet.Of(role, name, new string(role[0], 64), Heard(u => u.Float), Heard(u => u.Int8));
    }

    private static Histogram Values()
    {
        var random = new Random(3);
        var values = new Histogram();
        values.Add([.. Enumerable.Range(0, 20_000).Select(_ => (float)Math.Max(-0.17, -3 * Math.Log(1 - random.NextDouble()) - 1))]);
        return values;
    }
}
