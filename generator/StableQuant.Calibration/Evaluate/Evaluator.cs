using StableQuant.Calibration.Evaluate.Measures;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>Measures models on speech. Apart from the times, results do not depend on the number of threads.</summary>
public static class Evaluator
{
    /// <summary>Transcribes a data set with transcripts and counts the errors.</summary>
    /// <param name="source">The model.</param>
    /// <param name="dataset">Speech with transcripts.</param>
    /// <param name="threads">Utterances transcribed at a time, each by an instance of its own.</param>
    /// <param name="progress">Is told, from any of the threads, when an utterance is done.</param>
    /// <param name="cancellationToken">Ends the evaluation between two utterances.</param>
    public static EvaluationResult Run(
        IModelSource source, SpeechDataset dataset, int threads,
        IProgress<EvaluationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        dataset.HasTranscripts
            ? Score(dataset, Transcribe(source, dataset, threads, progress, cancellationToken), Measure.Of(source.Head, source.Width))
            : throw new StableQuantException($"{dataset.Name}: the data set has no transcripts to count errors against.");

    /// <summary>Counts the errors of transcripts against those of a data set.</summary>
    /// <param name="dataset">Speech with transcripts.</param>
    /// <param name="transcripts">What a model heard, in the data set's order.</param>
    /// <param name="measure">What to count; null for words.</param>
    public static EvaluationResult Score(SpeechDataset dataset, IReadOnlyList<Transcript> transcripts, Measure? measure = null)
    {
        measure ??= Measure.OfWords;
        measure.Check(dataset.Name, dataset.Utterances.Select(u => u.Transcript!));
        return new([.. dataset.Utterances.Zip(transcripts, (utterance, transcript) => new UtteranceResult(
            utterance,
            transcript,
            measure.Errors(utterance.Transcript!, transcript.Text),
            measure.Kind == MeasureKind.Words ? ErrorRate.OfCharacters(utterance.Transcript!, transcript.Text) : default))])
        {
            Measure = measure,
        };
    }

    /// <summary>Transcribes a data set.</summary>
    /// <param name="source">The model.</param>
    /// <param name="dataset">The speech.</param>
    /// <param name="threads">Utterances transcribed at a time, each by an instance of its own.</param>
    /// <param name="progress">Is told, from any of the threads, when an utterance is done.</param>
    /// <param name="cancellationToken">Ends the work between two utterances.</param>
    /// <returns>What the model heard, in the data set's order.</returns>
    public static IReadOnlyList<Transcript> Transcribe(
        IModelSource source, SpeechDataset dataset, int threads,
        IProgress<EvaluationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var transcripts = new Transcript[dataset.Utterances.Count];
        ParallelWork.Run(transcripts.Length, threads, () => new Transcribing(source, dataset, transcripts), progress, cancellationToken);
        return transcripts;
    }

    private sealed class Transcribing(IModelSource source, SpeechDataset dataset, Transcript[] transcripts) : IParallelWorker
    {
        private readonly Transcriber transcriber = new(source);

        public void Process(int index, CancellationToken cancellationToken) =>
            transcripts[index] = transcriber.Transcribe(dataset.Utterances[index], cancellationToken);

        public void Dispose() => transcriber.Dispose();
    }
}
