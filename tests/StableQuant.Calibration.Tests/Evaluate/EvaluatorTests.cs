using System.Globalization;
using StableQuant.Audio;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Speech;

namespace StableQuant.Calibration.Tests.Evaluate;

public sealed class EvaluatorTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly LoudnessModel model = new();

    public void Dispose()
    {
        folder.Dispose();
        model.Living.ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    public void Results_do_not_depend_on_the_number_of_threads(int threads)
    {
        SpeechDataset data = Utterances(20);
        EvaluationResult result = Evaluator.Run(model, data, threads);

        result.Utterances.Select(u => u.Utterance).ShouldBe(data.Utterances);
        result.Utterances.Select(u => u.Transcript.Text).ShouldBe(Enumerable.Range(0, 20).Select(i => Invariant($"LENGTH {100 + i} FIRST {i}")));
        // Every reference says FIRST 0: it is right once.
        result.WordErrors.ShouldBe(new ErrorRate(19, 0, 0, 80));
        result.Wer.ShouldBe(19 / 80.0);
        result.AudioSeconds.ShouldBe(Enumerable.Range(0, 20).Sum(i => (100 + i) / 16000.0));
    }

    [Fact]
    public void Progress_counts_every_utterance()
    {
        var seen = new List<EvaluationProgress>();
        Evaluator.Run(model, Utterances(5), 1, new Recorder(seen));
        seen.ShouldBe(Enumerable.Range(1, 5).Select(done => new EvaluationProgress(done, 5)));
    }

    [Fact]
    public void An_instance_grows_with_its_utterances()
    {
        folder.WriteWav("1.wav", new short[160]);
        folder.WriteWav("2.wav", new short[40 * 16000]);
        Evaluator.Transcribe(model, SpeechDataset.Load(folder.Path), 1).Select(t => t.Text)
            .ShouldBe(["LENGTH 160 FIRST 0", "LENGTH 640000 FIRST 0"]);
    }

    [Fact]
    public void A_recording_longer_than_models_bear_is_heard_in_parts_that_are_joined()
    {
        // Silence, so that each part is cut at the first place where it may be: 50 ms behind 10 s, until 20 s or less are left.
        folder.WriteWav("long.wav", new short[50 * 16000]);
        Transcript heard = Evaluator.Transcribe(model, SpeechDataset.Load(folder.Path), 1).Single();
        heard.Text.ShouldBe(string.Join(' ', [.. Enumerable.Repeat("LENGTH 160800 FIRST 0", 3), $"LENGTH {800000 - (3 * 160800)} FIRST 0"]));
        heard.AudioSeconds.ShouldBe(50);
    }

    [Fact]
    public void An_utterance_too_short_for_a_frame_is_named()
    {
        folder.WriteWav("1.wav", 7);
        Should.Throw<StableQuantException>(() => Evaluator.Transcribe(model, SpeechDataset.Load(folder.Path), 1))
            .Message.ShouldSatisfyAllConditions(m => m.ShouldContain("1.wav: 0.06 ms of audio is too short"), m => m.ShouldContain("leave it out"));
    }

    [Fact]
    public void A_file_that_cannot_be_read_ends_the_evaluation()
    {
        SpeechDataset data = Utterances(5);
        folder.Write("03.wav", "not audio");
        Should.Throw<AudioFormatException>(() => Evaluator.Run(model, data, 2)).Message.ShouldContain("03.wav");
    }

    [Fact]
    public void Cancelling_ends_the_evaluation()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Should.Throw<OperationCanceledException>(() => Evaluator.Run(model, Utterances(5), 2, null, cancellation.Token));
    }

    [Fact]
    public void Without_transcripts_there_is_nothing_to_count()
    {
        folder.WriteWav("a.wav", 1, 2, 3);
        Should.Throw<StableQuantException>(() => Evaluator.Run(model, SpeechDataset.Load(folder.Path), 1)).Message.ShouldContain("no transcripts");
    }

    private SpeechDataset Utterances(int count)
    {
        for (int i = 0; i < count; i++)
        {
            var samples = new short[100 + i];
            samples[0] = (short)i;
            folder.WriteWav(Invariant($"{i:D2}.wav"), samples);
        }

        return SpeechDataset.Load(folder.Path).WithTranscripts([.. Enumerable.Range(0, count).Select(i => Invariant($"length {100 + i} first 0"))]);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Recorder(List<EvaluationProgress> seen) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => seen.Add(value);
    }
}
