using System.Runtime.ExceptionServices;

namespace StableQuant.Calibration;

/// <summary>What one thread needs to work on utterances, one at a time.</summary>
internal interface IParallelWorker : IDisposable
{
    /// <summary>Works on one utterance.</summary>
    /// <param name="index">Its place in the data set.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    void Process(int index, CancellationToken cancellationToken);
}

/// <summary>Spreads work over threads.</summary>
internal static class ParallelWork
{
    // Fewer take no longer than another thread takes to come.
    private const long WorthThreads = 100_000;

    /// <summary>Runs a loop, on several threads where that pays.</summary>
    /// <param name="count">How often.</param>
    /// <param name="operations">About how many operations all of it takes.</param>
    /// <param name="body">Is given the index; calls do not depend on each other.</param>
    public static void For(int count, long operations, Action<int> body)
    {
        if (operations >= WorthThreads)
        {
            Parallel.For(0, count, body);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            body(i);
        }
    }

    /// <summary>Processes all utterances of a data set. The first failure stops the other threads and is thrown.</summary>
    /// <param name="count">Number of utterances.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="createWorker">Makes a thread's worker, on that thread; it is disposed there.</param>
    /// <param name="progress">Is told, from any of the threads, when an utterance is done.</param>
    /// <param name="cancellationToken">Ends the work between two utterances.</param>
    public static void Run(int count, int threads, Func<IParallelWorker> createWorker, IProgress<EvaluationProgress>? progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ExceptionDispatchInfo? failure = null;
        int next = -1;
        int done = 0;

        void Work()
        {
            try
            {
                using IParallelWorker worker = createWorker();
                while (!stop.IsCancellationRequested && Interlocked.Increment(ref next) is int i && i < count)
                {
                    worker.Process(i, stop.Token);
                    progress?.Report(new EvaluationProgress(Interlocked.Increment(ref done), count));
                }
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                stop.Cancel();
            }
        }

        Thread[] workers = [.. Enumerable.Range(0, Math.Min(threads, count)).Select(_ => new Thread(Work) { IsBackground = true })];
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        failure?.Throw();
        cancellationToken.ThrowIfCancellationRequested();
    }
}
