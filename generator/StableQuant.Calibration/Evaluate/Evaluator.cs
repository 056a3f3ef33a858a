using System.Runtime.ExceptionServices;

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
            ? Score(dataset, Transcribe(source, dataset, threads, progress, cancellationToken))
            : throw new StableQuantException($"{dataset.Name}: the data set has no transcripts to count errors against.");

    /// <summary>Counts the errors of transcripts against those of a data set.</summary>
    /// <param name="dataset">Speech with transcripts.</param>
    /// <param name="transcripts">What a model heard, in the data set's order.</param>
    public static EvaluationResult Score(SpeechDataset dataset, IReadOnlyList<Transcript> transcripts) =>
        new([.. dataset.Utterances.Zip(transcripts, (utterance, transcript) => new UtteranceResult(
            utterance,
            transcript,
            ErrorRate.OfWords(utterance.Transcript!, transcript.Text),
            ErrorRate.OfCharacters(utterance.Transcript!, transcript.Text)))]);

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
        int next = -1;
        int done = 0;

        void Work(CancellationToken stop)
        {
            using var transcriber = new Transcriber(source);
            while (!stop.IsCancellationRequested && Interlocked.Increment(ref next) is int i && i < transcripts.Length)
            {
                transcripts[i] = transcriber.Transcribe(dataset.Utterances[i].AudioPath, stop);
                progress?.Report(new EvaluationProgress(Interlocked.Increment(ref done), transcripts.Length));
            }
        }

        RunOnThreads(Math.Min(threads, transcripts.Length), Work, cancellationToken);
        return transcripts;
    }

    /// <summary>Runs <paramref name="work"/> on threads of its own. The first to fail stops the others, and its exception is thrown.</summary>
    private static void RunOnThreads(int threads, Action<CancellationToken> work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ExceptionDispatchInfo? failure = null;

        void Guarded()
        {
            try
            {
                work(stop.Token);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                stop.Cancel();
            }
        }

        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(Guarded) { IsBackground = true })];
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        failure?.Throw();
        cancellationToken.ThrowIfCancellationRequested();
    }
}
