using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Speech;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Calibrate;

[Trait("Ring", "Full")]
public sealed class CalibratorTests : IDisposable
{
    private readonly TempFolder folder = new();

    private string Output => Path.Combine(folder.Path, "made", "tiny.sqmodel");

    private string Weights => Path.ChangeExtension(Output, ".sqweights");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Files_are_the_same_for_any_number_of_threads_and_from_run_to_run()
    {
        var texts = new List<string>();
        var weights = new List<string>();
        foreach (int threads in new[] { 1, 2, 1 })
        {
            CalibrationResult result = Run(Tiny() with { Threads = threads });
            Directory.GetFiles(Path.GetDirectoryName(Output)!).ShouldBe([Output, Weights], ignoreOrder: true);
            (result.ModelPath, result.WeightsPath).ShouldBe((Output, Weights));
            result.QuantizedBytes.ShouldBe(new FileInfo(Output).Length + new FileInfo(Weights).Length);
            texts.Add(File.ReadAllText(Output));
            weights.Add(Convert.ToHexString(File.ReadAllBytes(Weights)));
        }

        texts.Distinct().Count().ShouldBe(1);
        weights.Distinct().Count().ShouldBe(1);
        using CompiledModelSource source = CompiledModelSource.Load(Output);
        source.Head.ShouldBe(Tiny().Head);
    }

    [Theory]
    [InlineData("record activations")]
    [InlineData("float model on speech")]
    [InlineData("int8 model on speech")]
    public void Cancelling_leaves_nothing_behind(string step)
    {
        Should.Throw<OperationCanceledException>(() => CancelIn(step));
        Directory.GetFileSystemEntries(folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public void Cancelling_leaves_old_files_untouched()
    {
        folder.Write("made/tiny.sqmodel", "old model");
        folder.Write("made/tiny.sqweights", "old weights");
        Should.Throw<OperationCanceledException>(() => CancelIn("int8 model on speech"));
        File.ReadAllText(Output).ShouldBe("old model");
        File.ReadAllText(Weights).ShouldBe("old weights");
        Directory.GetFileSystemEntries(Path.GetDirectoryName(Output)!).Length.ShouldBe(2);
    }

    [Fact]
    public void The_receipt_states_data_method_and_error_rates()
    {
        SpeechDataset holdout = SpeechDataset.Load(folder.Write("holdout.tsv", $"{TestFiles.Data("0055.wav")}\tTHREE WORDS HERE\n"));
        CalibrationResult result = Run(Tiny() with { Method = CalibrationMethod.Max, Holdout = holdout });
        Receipt receipt = SqModelFile.Read(Output).Receipt;
        receipt.Method.ShouldBe("max");
        receipt.Measurements.Select(m => (m.Role, m.Data, m.Utterances, m.Words, m.ManifestSha256)).ShouldBe(
        [
            ("calibration", "speech", 4, 9, Tiny().Data.ManifestSha256),
            ("holdout", "holdout", 1, 3, holdout.ManifestSha256),
        ]);

        // What is reported is the holdout; what is written is rounded to six digits.
        result.Quantized.Utterances.Count.ShouldBe(1);
        receipt.Measurements[1].FloatWer.ShouldBe(result.FloatWer, 1e-6);
        receipt.Measurements[1].QuantizedWer.ShouldBe(result.QuantizedWer, 1e-6);
        using CompiledModelSource source = CompiledModelSource.Load(Output);
        receipt.Measurements[0].QuantizedWer.ShouldBe(Evaluator.Run(source, Tiny().Data, 1).Wer, 1e-6);
    }

    [Fact]
    public void Without_transcripts_the_float_model_is_the_reference()
    {
        foreach (string name in new[] { "0055.wav", "0128.wav" })
        {
            folder.Write($"audio/{name}", File.ReadAllBytes(TestFiles.Data(name)));
        }

        Run(Commands() with { Data = SpeechDataset.Load(Path.Combine(folder.Path, "audio")) });
        Measurement measured = SqModelFile.Read(Output).Receipt.Measurements.ShouldHaveSingleItem();
        measured.FloatWer.ShouldBe(0);
        measured.Words.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Percentile_and_max_choose_other_grids_of_the_same_values()
    {
        Run(Tiny() with { Method = CalibrationMethod.Max });
        Quantize[] max = Grids();
        Run(Tiny() with { Method = CalibrationMethod.Percentile, Percentile = 99 });
        Quantize[] percentile = Grids();
        percentile.Select(q => q.Name).ShouldBe(max.Select(q => q.Name));
        percentile.Zip(max).ShouldAllBe(pair => pair.First.Scale <= pair.Second.Scale);
        percentile.Zip(max).Count(pair => pair.First.Scale < pair.Second.Scale).ShouldBeGreaterThan(max.Length / 2);
        (percentile[0].Percentile, max[0].Percentile).ShouldBe((99, 100));
    }

    [Fact]
    public void The_commands_model_stays_as_good_as_float_on_the_bundled_recordings()
    {
        CalibrationResult result = Run(Commands());
        result.Quantized.Words.ShouldBe(266);
        // One word of 266 is 0.38 points; measured 0 more than float.
        result.QuantizedWer.ShouldBeLessThanOrEqualTo(result.FloatWer + 1.0 / result.Quantized.Words);
        result.FloatWer.ShouldBeInRange(0, 0.02);
        result.FloatBytes.ShouldBe(new FileInfo(TestFiles.FloatCommands).Length);
        ((double)result.QuantizedBytes / result.FloatBytes).ShouldBeInRange(0.25, 0.28);
        result.Layers.Select(l => l.Name).ShouldBe(
            [.. Enumerable.Range(0, 7).Select(i => $"conv{i}"), "projection", "position", .. Enumerable.Range(0, 6).Select(i => $"block{i}"), "head"]);
    }

    [Fact]
    public void What_cannot_end_well_ends_before_the_long_work()
    {
        void Refused(CalibrationRequest request, string message)
        {
            var steps = new List<string>();
            Should.Throw<StableQuantException>(() => Calibrator.Run(request, new Progress(p => steps.Add(p.Step)), default)).Message.ShouldContain(message);
            steps.ShouldBeEmpty();
        }

        string file = folder.Write("file", "text");
        string inside = Directory.CreateDirectory(Path.Combine(folder.Path, "folder.sqmodel")).FullName;
        string weights = Directory.CreateDirectory(Path.Combine(folder.Path, "other.sqweights")).FullName;
        Refused(Tiny() with { OutputPath = Path.Combine(file, "tiny.sqmodel") }, $"{file} is a file");
        Refused(Tiny() with { OutputPath = inside }, "folder.sqmodel: is a folder");
        Refused(Tiny() with { OutputPath = Path.ChangeExtension(weights, ".sqmodel") }, "other.sqweights: is a folder");
        var vocabulary = new Vocabulary(new(["<pad>", "A"]), 0, -1);
        Refused(Tiny() with { Head = vocabulary }, "makes 32 logits a frame, but the vocabulary has 2 tokens");
        Directory.GetFileSystemEntries(folder.Path).Length.ShouldBe(3);
    }

    [Fact]
    public void Audio_too_short_for_a_frame_is_named()
    {
        folder.WriteWav("data/5ms.wav", new short[80]);
        Should.Throw<StableQuantException>(() => Run(Tiny() with { Data = SpeechDataset.Load(Path.Combine(folder.Path, "data")) }))
            .Message.ShouldContain("5ms.wav: 5 ms of audio is too short");
        Directory.Exists(Path.GetDirectoryName(Output)).ShouldBeFalse();
    }

    private static CalibrationResult Run(CalibrationRequest request) => Calibrator.Run(request, new Progress(_ => { }), default);

    private void CancelIn(string step)
    {
        using var cancellation = new CancellationTokenSource();
        bool reached = false;
        Calibrator.Run(
            Tiny(),
            new Progress(p =>
            {
                if (p.Step == step && p.Done == 2)
                {
                    reached = true;
                    cancellation.Cancel();
                }
            }),
            cancellation.Token);
        reached.ShouldBeTrue();
    }

    private Quantize[] Grids() => [.. SqModelFile.Read(Output).Operations.OfType<Quantize>()];

    private CalibrationRequest Tiny() => new()
    {
        ModelPath = TestFiles.Data("tiny-hubert.onnx"),
        Head = VocabularyFile.Load(TestFiles.Data("vocab.json")),
        Data = SpeechDataset.Load(TestFiles.Data("speech.tsv")),
        Method = CalibrationMethod.Percentile,
        OutputPath = Output,
    };

    private CalibrationRequest Commands() => Tiny() with
    {
        ModelPath = TestFiles.FloatCommands,
        Data = SpeechDataset.Load(TestFiles.Recordings),
        Method = CalibrationMethod.Percentile,
        Threads = 2,
    };

    private sealed class Progress(Action<CalibrationProgress> report) : IProgress<CalibrationProgress>
    {
        public void Report(CalibrationProgress value) => report(value);
    }
}
