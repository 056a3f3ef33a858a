using System.Collections.Concurrent;
using StableQuant.Audio;
using StableQuant.Decoding.Search;

namespace StableQuant.Recognition;

/// <summary>
/// Recognises many recordings at a time, each on an instance of its own: instances are made as they are needed, up to a number, share the
/// weights, and wait for the next recording. For any number of threads.
/// </summary>
public sealed class RecognizerPool : IDisposable
{
    private readonly Func<ISpeechModel> make;
    private readonly RecognizerOptions options;
    private readonly SemaphoreSlim free;
    private readonly ConcurrentBag<(ISpeechModel Model, Recognizer Recognizer)> idle = [];
    private CtcBeamSearch? search;
    private volatile bool isDisposed;

    /// <summary>Makes a pool without instances.</summary>
    /// <param name="make">Makes an instance of the model, for instance <c>() => new Commands()</c>; called on any thread.</param>
    /// <param name="size">The most instances: recordings beyond it wait. By default one a processor.</param>
    /// <param name="options">How to recognise; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is not positive.</exception>
    public RecognizerPool(Func<ISpeechModel> make, int? size = null, RecognizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(make);
        int count = size ?? Environment.ProcessorCount;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count, nameof(size));
        this.make = make;
        this.options = options ?? new RecognizerOptions();
        free = new SemaphoreSlim(count, count);
    }

    /// <summary>Recognises a recording as soon as an instance is free, on a thread of the pool's.</summary>
    /// <param name="pcm16k">Samples, mono, nominally in −1 … 1, at the model's rate; not to be changed meanwhile.</param>
    /// <param name="cancellationToken">Ends the wait, and the recognition between two half seconds.</param>
    /// <returns>What was said.</returns>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The pool is disposed of.</exception>
    public Task<Transcription> RecognizeAsync(ReadOnlyMemory<float> pcm16k, CancellationToken cancellationToken = default) =>
        RunAsync(recognizer => recognizer.Recognize(pcm16k.Span, cancellationToken), cancellationToken);

    /// <summary>Recognises an audio file, in any format that <see cref="AudioFile"/> reads, as soon as an instance is free.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the wait, the reading, and the recognition between two half seconds.</param>
    /// <returns>What was said.</returns>
    /// <exception cref="AudioFormatException">The file cannot be decoded.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The pool is disposed of.</exception>
    public Task<Transcription> RecognizeFileAsync(string path, CancellationToken cancellationToken = default) =>
        RunAsync(recognizer => recognizer.RecognizeFile(path, cancellationToken), cancellationToken);

    /// <summary>
    /// Lends an instance as soon as one is free, for what takes more than one call: a stream, for instance. It counts among the pool's until
    /// the lease is disposed of.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The instance, for one call at a time.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The pool is disposed of.</exception>
    public async Task<RecognizerLease> RentAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        await free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            (ISpeechModel model, Recognizer recognizer) = idle.TryTake(out (ISpeechModel, Recognizer) waiting)
                ? waiting
                : await Task.Run(Make, cancellationToken).ConfigureAwait(false);
            return new RecognizerLease(this, model, recognizer);
        }
        catch
        {
            free.Release();
            throw;
        }
    }

    /// <summary>Disposes of the instances: those at work when they are done.</summary>
    public void Dispose()
    {
        isDisposed = true;
        Clear();
    }

    /// <summary>Takes an instance back.</summary>
    internal void Return(ISpeechModel model, Recognizer recognizer)
    {
        idle.Add((model, recognizer));
        if (isDisposed)
        {
            Clear();
        }

        free.Release();
    }

    private async Task<Transcription> RunAsync(Func<Recognizer, Transcription> work, CancellationToken cancellationToken)
    {
        using RecognizerLease lease = await RentAsync(cancellationToken).ConfigureAwait(false);
        return await Task.Run(() => work(lease.Recognizer), cancellationToken).ConfigureAwait(false);
    }

    private (ISpeechModel Model, Recognizer Recognizer) Make()
    {
        ISpeechModel model = make();
        try
        {
            return (model, new Recognizer(model, options, options.Search is null ? null : Search(model)));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    // What a search prepares is made once.
    private CtcBeamSearch Search(ISpeechModel model)
    {
        CtcBeamSearch shared = LazyInitializer.EnsureInitialized(ref search, () => new CtcBeamSearch(model.Vocabulary, options.Search!));
        return new CtcBeamSearch(shared);
    }

    private void Clear()
    {
        while (idle.TryTake(out (ISpeechModel Model, Recognizer Recognizer) instance))
        {
            instance.Model.Dispose();
        }
    }
}
