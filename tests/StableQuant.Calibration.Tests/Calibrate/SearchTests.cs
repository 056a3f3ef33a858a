using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Speech;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Calibrate;

/// <summary>The search of StableQuant on a tiny model: its words are gibberish, which makes every layer worth a search.</summary>
[Trait("Ring", "Full")]
public sealed class SearchTests : IDisposable
{
    private static IProgress<CalibrationProgress> Ignored { get; } = new ProgressOf<CalibrationProgress>(_ => { });

    // The search that others are compared with, of two threads.
    private static readonly Lazy<(CalibrationResult Result, string Text)> Searched = new(() =>
    {
        using var folder = new TempFolder();
        string output = Path.Combine(folder.Path, "tiny.sqmodel");
        CalibrationResult result = Calibrator.Run(Request(Outliers.Keep, output), Ignored, default);
        File.Exists(Path.ChangeExtension(output, ".sqsearch")).ShouldBeFalse("it is of no use any more");
        return (result, File.ReadAllText(output));
    });

    private readonly TempFolder folder = new();

    private string Output => Path.Combine(folder.Path, "tiny.sqmodel");

    private string Journal => Path.Combine(folder.Path, "tiny.sqsearch");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Outliers.Keep)]
    [InlineData(Outliers.Clip)]
    public void Files_are_the_same_for_any_number_of_threads(Outliers outliers)
    {
        string Made(int threads)
        {
            Calibrator.Run(Request(outliers) with { Threads = threads }, Ignored, default);
            return File.ReadAllText(Output) + Convert.ToHexString(File.ReadAllBytes(Path.ChangeExtension(Output, ".sqweights")));
        }

        Made(3).ShouldBe(Made(1));
    }

    [Fact]
    public void A_search_that_was_stopped_goes_on_where_it_was()
    {
        (CalibrationResult whole, string text) = Searched.Value;
        using (var cancellation = new CancellationTokenSource())
        {
            var stop = new ProgressOf<CalibrationProgress>(p =>
            {
                if (p.Step == "search percentiles" && p.Done == 3)
                {
                    cancellation.Cancel();
                }
            });
            Should.Throw<OperationCanceledException>(() => Calibrator.Run(Request(Outliers.Keep), stop, cancellation.Token));
        }

        File.Exists(Output).ShouldBeFalse();
        int kept = File.ReadLines(Journal).Count() - 1;
        kept.ShouldBeGreaterThan(whole.Layers.Count);

        // The power failed while the last line was written.
        File.AppendAllText(Journal, "{\"Key\":\"cut o");
        var notes = new List<string>();
        CalibrationResult resumed = Calibrator.Run(Request(Outliers.Keep) with { Note = notes.Add }, Ignored, default);
        notes.ShouldContain($"{Journal}: goes on with {kept} trials that an earlier run has measured.");
        File.ReadAllText(Output).ShouldBe(text);
        Passes(resumed).ShouldBe(Passes(whole) - kept);
        File.Exists(Journal).ShouldBeFalse();
    }

    [Fact]
    public void What_was_measured_on_other_speech_is_not_used()
    {
        string journal = "sqsearch 0123\n" + "{\"Key\":\"speech 00\",\"Words\":[0,0,0,1],\"Divergence\":0,\"DivergenceElsewhere\":0}\n";
        File.WriteAllText(Journal, journal);
        Passes(Calibrator.Run(Request(Outliers.Keep), Ignored, default)).ShouldBe(Passes(Searched.Value.Result));
    }

    [Theory]
    [InlineData(CalibrationLevers.None, 8)]
    [InlineData(CalibrationLevers.All, 7)]
    public void Other_levers_or_weight_bits_are_another_search(CalibrationLevers levers, int weightBits)
    {
        using (var cancellation = new CancellationTokenSource())
        {
            var stop = new ProgressOf<CalibrationProgress>(p =>
            {
                if (p.Step == "search percentiles")
                {
                    cancellation.Cancel();
                }
            });
            Should.Throw<OperationCanceledException>(() => Calibrator.Run(Request(Outliers.Keep), stop, cancellation.Token));
        }

        // A method that does not search leaves the search's journal alone.
        string journal = File.ReadAllText(Journal);
        Calibrator.Run(Request(Outliers.Keep) with { Method = CalibrationMethod.Max }, Ignored, default);
        File.ReadAllText(Journal).ShouldBe(journal);

        CalibrationRequest other = Request(Outliers.Keep) with { Levers = levers, WeightBits = new WeightBits(weightBits) };
        int passes = Passes(Calibrator.Run(other, Ignored, default));
        passes.ShouldBe(Passes(Calibrator.Run(other, Ignored, default)), "nothing of the first search was used");
    }

    [Fact]
    public void High_fidelity_takes_grids_that_are_no_coarser_and_says_so()
    {
        CalibrationResult standard = Calibrator.Run(Request(Outliers.Keep), Ignored, default);
        CalibrationResult high = Calibrator.Run(Request(Outliers.Keep) with { Fidelity = CalibrationFidelity.High }, Ignored, default);
        high.Receipt.Method.ShouldBe("stablequant, outliers kept, high fidelity");
        foreach ((CalibratedLayer one, CalibratedLayer finer) in standard.Layers.Zip(high.Layers))
        {
            finer.Percentile.ShouldBeLessThanOrEqualTo(one.Percentile, finer.Name);
            finer.Trials.Take(one.Trials.Count).Select(trial => trial.Percentile).ShouldBe(one.Trials.Take(finer.Trials.Count).Select(trial => trial.Percentile));
        }

        high.Layers.Sum(layer => layer.OutlierShare).ShouldBeGreaterThan(standard.Layers.Sum(layer => layer.OutlierShare));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(7)]
    public void Weights_are_rounded_by_what_their_products_read_and_no_thread_changes_a_byte(int bits)
    {
        byte[] Made(CalibrationLevers levers, int threads)
        {
            CalibrationResult result = Calibrator.Run(Request(Outliers.Keep) with { Levers = levers, WeightBits = new WeightBits(bits), Threads = threads }, Ignored, default);
            result.Receipt.Levers.Contains("error-feedback").ShouldBe(levers.HasFlag(CalibrationLevers.ErrorFeedback));
            result.Steps.Any(step => step.Name == "round weights").ShouldBe(levers.HasFlag(CalibrationLevers.ErrorFeedback));
            return File.ReadAllBytes(Path.ChangeExtension(Output, ".sqweights"));
        }

        byte[] rounded = Made(CalibrationLevers.All, 1);
        rounded.ShouldBe(Made(CalibrationLevers.All, 3));
        rounded.ShouldNotBe(Made(CalibrationLevers.All & ~CalibrationLevers.ErrorFeedback, 1));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(3)]
    public void Weights_of_fewer_bits_are_stored_but_for_the_audios(int bits)
    {
        byte[] Made(int threads)
        {
            CalibrationResult result = Calibrator.Run(Request(Outliers.Keep) with { WeightBits = new WeightBits(bits), Threads = threads }, Ignored, default);
            result.Layers.Single(layer => layer.WeightTrials.Count == 0).Name.ShouldBe("conv0");
            result.Layers.Where(layer => layer.Name != "conv0").ShouldAllBe(layer => layer.WeightBits == bits && layer.WeightTrials.Single().Bits == bits && layer.WeightTrials[0].Divergence > 0);
            result.Receipt.Method.ShouldBe($"stablequant, outliers kept, {bits}-bit weights");
            return File.ReadAllBytes(Path.ChangeExtension(Output, ".sqweights"));
        }

        Made(3).ShouldBe(Made(1));
        ModelDescription description = Graph.Text.DescriptionReader.Read(File.ReadAllText(Output), out _)!;
        description.Operations.OfType<Graph.Product>().ShouldAllBe(p => p.Input == Operation.Audio ? p.Packed is PackedInt8 : p.Packed is PackedIndices && ((PackedIndices)p.Packed).Bits == bits);
    }

    [Fact]
    public void Bits_of_weights_are_chosen_to_fit_a_size_the_layers_that_diverge_least_a_byte_first()
    {
        CalibrationRequest Of(int? bits, long? limit = null) => Request(Outliers.Keep) with { WeightBits = new WeightBits(bits), SizeLimit = limit };
        IReadOnlyList<CalibrationResult> Made(params CalibrationRequest[] requests) => Calibrator.RunAll([.. requests.Select(request => ("", request))], Ignored, default);
        long eight = Searched.Value.Result.QuantizedBytes;

        // What cannot be met ends the first run, and what it has measured is what the others go on with: all of them search once.
        Should.Throw<StableQuantException>(() => Made(Of(3), Of(null, limit: 1000))).Message.ShouldContain("--size-limit");
        long three = new FileInfo(Output).Length + new FileInfo(Path.ChangeExtension(Output, ".sqweights")).Length;
        three.ShouldBeLessThan(eight);

        long limit = (eight + three) / 2;
        IReadOnlyList<CalibrationResult> made = Made(Of(null, limit), Of(null, eight + 2000), Of(null));
        made.Sum(Passes).ShouldBe(0, "the first run's search is theirs");
        made[0].QuantizedBytes.ShouldBeLessThanOrEqualTo(limit);
        made[0].Layers.Select(layer => layer.WeightBits).Distinct().Count().ShouldBeGreaterThan(1);
        made[0].Layers.Where(layer => layer.Name != "conv0").ShouldAllBe(layer => layer.WeightTrials.Count == 2);
        made[1].Layers.ShouldAllBe(layer => layer.WeightBits == 8);
        made[2].QuantizedBytes.ShouldBeInRange(three, eight + 2000);
    }

    [Fact]
    public void Weights_of_several_bits_share_one_search_and_are_those_of_each_alone()
    {
        CalibrationRequest keep = ComparedMethod.All[^1].Of(Request(Outliers.Keep));
        IReadOnlyList<(string Name, CalibrationRequest Request)> all = ComparedMethod.Requests(keep, [WeightBits.Eight, new(4), new(null)]);
        all.Select(one => one.Name).ShouldBe([
            "max", "max, 4 bits", "percentile", "percentile, 4 bits", "entropy", "entropy, 4 bits", "mse", "mse, 4 bits", "stablequant, paper", "stablequant, paper, 4 bits",
            "stablequant, paper, auto bits", "stablequant, clip", "stablequant, clip, 4 bits", "stablequant, clip, auto bits", "stablequant, keep", "stablequant, keep, 4 bits",
            "stablequant, keep, auto bits",
        ]);
        all.Select(one => one.Request.WeightBits.ToString()).Distinct().ShouldBe(["8", "4", "auto"]);

        IReadOnlyList<CalibrationResult> results = Calibrator.RunAll([.. all.TakeLast(3).Take(2)], Ignored, default);
        Passes(results[0]).ShouldBeGreaterThan(0);
        Passes(results[1]).ShouldBe(0);
        results[1].Layers.SelectMany(layer => layer.Trials).ShouldBe(results[0].Layers.SelectMany(layer => layer.Trials));
        byte[] together = File.ReadAllBytes(Path.ChangeExtension(Output, ".sqweights"));
        Calibrator.Run(all[^2].Request, Ignored, default);
        File.ReadAllBytes(Path.ChangeExtension(Output, ".sqweights")).ShouldBe(together);
    }

    [Fact]
    public void A_search_for_bits_that_was_stopped_goes_on_where_it_was_to_the_same_files()
    {
        string Files() => File.ReadAllText(Output) + Convert.ToHexString(File.ReadAllBytes(Path.ChangeExtension(Output, ".sqweights")));
        CalibrationRequest request = Request(Outliers.Keep) with { WeightBits = new WeightBits(null) };
        CalibrationResult whole = Calibrator.Run(request, Ignored, default);
        string made = Files();
        File.Delete(Output);

        // Stopped while single layers are tried, and again while the whole is.
        int before = 0;
        foreach (string step in new[] { "try weight bits", "choose weight bits" })
        {
            using var cancellation = new CancellationTokenSource();
            var stop = new ProgressOf<CalibrationProgress>(p =>
            {
                if (p.Step == step && p.Done == 2)
                {
                    cancellation.Cancel();
                }
            });
            Should.Throw<OperationCanceledException>(() => Calibrator.Run(request, stop, cancellation.Token), step);
            File.Exists(Output).ShouldBeFalse();
            int kept = File.ReadLines(Journal).Count() - 1;
            kept.ShouldBeGreaterThan(before);
            before = kept;
        }

        CalibrationResult resumed = Calibrator.Run(request, Ignored, default);
        Files().ShouldBe(made);
        File.Exists(Journal).ShouldBeFalse();
        resumed.Layers.Select(layer => layer.WeightBits).ShouldBe(whole.Layers.Select(layer => layer.WeightBits));
        resumed.Layers.SelectMany(layer => layer.WeightTrials).ShouldBe(whole.Layers.SelectMany(layer => layer.WeightTrials));
        int Tried(CalibrationResult result) => result.Steps.Where(step => step.Name == "try weight bits").Sum(step => step.Passes);
        (Tried(whole), Tried(resumed)).ShouldBe((2 * whole.Layers.Count(layer => layer.WeightTrials.Count > 0), 0));
    }

    [Fact]
    public void A_choice_that_helps_on_the_search_speech_only_is_flagged()
    {
        // Clipping until the fewest words are wrong, on a model that knows no words, fits nothing but noise.
        SpeechDataset holdout = SpeechDataset.Load(folder.Write("other.tsv", $"{TestFiles.Data("0059.wav")}\tSEVEN\n{TestFiles.Data("0055.wav")}\tNO\n"));
        CalibrationResult result = Calibrator.Run(Request(Outliers.Clip) with { Holdout = holdout }, Ignored, default);
        CalibratedLayer[] chosen = [.. result.Layers.Where(layer => layer.Percentile < 100)];
        chosen.ShouldNotBeEmpty();
        result.Layers.Except(chosen).ShouldAllBe(layer => layer.HelpsOnHoldout == null);
        chosen.Select(layer => layer.HelpsOnHoldout!.Value).Distinct().Count().ShouldBe(2, "some help by chance, some do not");

        // The same speech as both: what was chosen for it helps on it.
        CalibrationResult same = Calibrator.Run(Request(Outliers.Clip) with { Holdout = Request(Outliers.Clip).Data }, Ignored, default);
        same.Layers.Where(layer => layer.Percentile < 100).ShouldAllBe(layer => layer.HelpsOnHoldout == true);
    }

    [Fact]
    public void The_receipt_names_levers_and_shares_of_remainders()
    {
        CalibrationResult result = Calibrator.Run(Request(Outliers.Keep) with { Levers = CalibrationLevers.WeightScales }, Ignored, default);
        Receipt receipt = SqModelFile.Read(Output).Receipt;
        receipt.Levers.ShouldBe(["weight-scales"]);
        CalibratedLayer[] keeping = [.. result.Layers.Where(layer => layer.OutlierShare > 0)];
        keeping.ShouldNotBeEmpty();
        receipt.Outliers.Select(r => r.Layer).ShouldBe(keeping.Select(layer => layer.Name));
        foreach ((OutlierShare named, CalibratedLayer layer) in receipt.Outliers.Zip(keeping))
        {
            named.Share.ShouldBe(layer.OutlierShare, 1e-6);

            // A grid that covers 99.5 % leaves at most half a per cent, less what its last step still takes.
            named.Share.ShouldBeLessThanOrEqualTo(1 - layer.Percentile / 100);
        }
    }

    [Fact]
    public void Layers_named_stay_float_and_the_others_are_searched()
    {
        CalibrationResult result = Calibrator.Run(Request(Outliers.Keep) with { FloatLayers = new HashSet<string> { "conv1", "block0" } }, Ignored, default);
        result.Layers.Where(layer => layer.IsFloat).Select(layer => layer.Name).ShouldBe(["conv1", "block0"]);
        result.Layers.Where(layer => !layer.IsFloat).ShouldAllBe(layer => layer.Trials.Count > 0);
        Operation[] operations = [.. SqModelFile.Read(Output).Operations];
        operations.OfType<Product>().ShouldAllBe(p => p.Packed is PackedFloat == (p.Layer == "conv1" || p.Layer == "block0"));
        HashSet<string> quantized = [.. operations.OfType<Quantize>().Select(q => q.Name)];
        operations.Where(o => o.Layer is "conv1" or "block0" && o is not Quantize).SelectMany(o => o.Inputs).ShouldNotContain(input => quantized.Contains(input));

        Should.Throw<StableQuantException>(() => Calibrator.Run(Request(Outliers.Keep) with { FloatLayers = new HashSet<string> { "conv99" } }, Ignored, default))
            .Message.ShouldContain("has no layer 'conv99'; its layers are conv0, ");
    }

    [Fact]
    public void Layers_are_left_in_float_only_where_allowed_and_no_grid_is_left()
    {
        // No model meets this budget: grids are refined as long as that helps, then layers are left in float, one a pass.
        CalibrationRequest hopeless = Request(Outliers.Keep) with { WerBudget = -1000, Budget = 60 };
        Calibrator.Run(hopeless, Ignored, default).Layers.ShouldNotContain(layer => layer.IsFloat);

        CalibrationResult allowed = Calibrator.Run(hopeless with { AllowFloat = true }, Ignored, default);
        allowed.Layers.ShouldAllBe(layer => layer.IsFloat && layer.Why == "whole model");
        SqModelFile.Read(Output).Operations.OfType<Quantize>().ShouldBeEmpty();
        allowed.QuantizedWer.ShouldBe(allowed.FloatWer);
    }

    [Fact]
    public void Without_continuous_measures_words_alone_select()
    {
        // Words that no layer can lose: the threshold is beyond reach.
        CalibrationRequest deaf = Request(Outliers.Keep) with { WerThreshold = 1000 };
        CalibrationResult all = Calibrator.Run(deaf, Ignored, default);
        all.Layers.ShouldContain(layer => layer.Selected);
        all.Layers.ShouldAllBe(layer => layer.Selected == (layer.Why == "divergence" || layer.Why == "noise"));
        all.Layers.ShouldAllBe(layer => layer.Selected == (layer.Trials[0].Divergence > 2e-4 || layer.Trials[0].SignalToNoise < 33));
        Calibrator.Run(deaf with { Levers = CalibrationLevers.Augment }, Ignored, default).Layers.ShouldAllBe(layer => !layer.Selected);
    }

    private static int Passes(CalibrationResult result) =>
        result.Steps.Where(step => step.Name is "select layers" or "search percentiles" or "whole model" or "check on holdout").Sum(step => step.Passes);

    private CalibrationRequest Request(Outliers outliers) => Request(outliers, Output);

    private static CalibrationRequest Request(Outliers outliers, string output) => new()
    {
        ModelPath = TestFiles.Data("tiny-hubert.onnx"),
        Head = VocabularyFile.Load(TestFiles.Data("vocab.json")),
        Data = SpeechDataset.Load(TestFiles.Data("speech.tsv")),
        OutputPath = output,
        Outliers = outliers,
        WerThreshold = -1000,
        Threads = 2,
    };
}
