using StableQuant.Calibration.Vocabularies;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Calibrate;

/// <summary>Several calibrations of one model on one set of speech: what the float model makes of it is computed once, and nothing else changes.</summary>
[Trait("Ring", "Full")]
public sealed class SeveralMethodsTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Together_they_make_what_each_makes_alone_and_hear_the_float_model_once()
    {
        SpeechDataset holdout = SpeechDataset.Load(folder.Write("holdout.tsv", $"{TestFiles.Data("0055.wav")}\tTHREE WORDS HERE\n{TestFiles.Data("0059.wav")}\tTWO WORDS\n"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "probe"));
        File.Copy(TestFiles.Data("0128.wav"), Path.Combine(folder.Path, "probe", "0128.wav"));
        var common = new CalibrationRequest
        {
            ModelPath = TestFiles.Data("tiny-hubert.onnx"),
            Head = VocabularyFile.Load(TestFiles.Data("vocab.json")),
            Data = SpeechDataset.Load(TestFiles.Data("speech.tsv")),
            Holdout = holdout,
            Probe = SpeechDataset.Load(Path.Combine(folder.Path, "probe")),
            OutputPath = "",
        };
        (string Name, CalibrationRequest Request)[] methods =
        [
            ("max", common with { Method = CalibrationMethod.Max }),
            ("paper", common with { Levers = CalibrationLevers.WeightScales }),
            ("keep", common with { Outliers = Outliers.Keep, Attribute = true }),
        ];

        var seen = new List<CalibrationProgress>();
        IReadOnlyList<CalibrationResult> together = Calibrator.RunAll(
            [.. methods.Select(m => (m.Name, m.Request with { OutputPath = At(m.Name) }))], new ProgressOf<CalibrationProgress>(p => { lock (seen) { seen.Add(p); } }), default);

        string[] steps = [.. seen.Select(p => p.Step).Distinct()];
        steps.Count(step => step.EndsWith("record activations", StringComparison.Ordinal)).ShouldBe(1);
        // Once as it is, and once as what searches or the attribution start from; the holdout's recordings are among the speech.
        foreach ((string data, int passes) in new[] { ("speech", 2), ("holdout", 1), ("probe", 2) })
        {
            together.SelectMany(result => result.Steps).Where(step => step.Name == $"float model on {data}").Sum(step => step.Passes).ShouldBe(passes, data);
        }

        seen.Select(p => p.Overall).ShouldBeInOrder();
        seen[0].Overall.ShouldBeLessThan(0.2);
        seen[^1].Overall.ShouldBe(1, 1e-9);

        for (int i = 0; i < methods.Length; i++)
        {
            string alone = At("alone-" + methods[i].Name);
            CalibrationResult result = Calibrator.Run(methods[i].Request with { OutputPath = alone }, new ProgressOf<CalibrationProgress>(_ => { }), default);
            File.ReadAllText(At(methods[i].Name)).Replace(methods[i].Name, "alone-" + methods[i].Name, StringComparison.Ordinal)
                .ShouldBe(File.ReadAllText(alone).Replace(methods[i].Name, "alone-" + methods[i].Name, StringComparison.Ordinal), methods[i].Name);
            File.ReadAllBytes(Path.ChangeExtension(At(methods[i].Name), ".sqweights")).ShouldBe(File.ReadAllBytes(Path.ChangeExtension(alone, ".sqweights")));
            together[i].Layers.SelectMany(layer => layer.Trials).ShouldBe(result.Layers.SelectMany(layer => layer.Trials));
            together[i].Attribution.ShouldBe(result.Attribution);
            together[i].Noise.ShouldBe(result.Noise);
        }

        Directory.GetFiles(folder.Path, "*.sqsearch").Select(Path.GetFileName).ShouldBe(["paper.sqsearch"], "the last one takes its own away");
    }

    private string At(string name) => Path.Combine(folder.Path, name + ".sqmodel");
}
