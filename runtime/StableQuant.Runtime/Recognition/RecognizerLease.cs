namespace StableQuant.Recognition;

/// <summary>An instance that a <see cref="RecognizerPool"/> lends, for one call at a time. Disposing of it gives it back.</summary>
public sealed class RecognizerLease : IDisposable
{
    private readonly ISpeechModel model;
    private readonly Recognizer recognizer;
    private RecognizerPool? pool;

    internal RecognizerLease(RecognizerPool pool, ISpeechModel model, Recognizer recognizer)
    {
        this.pool = pool;
        this.model = model;
        this.recognizer = recognizer;
    }

    /// <summary>The model, which the pool disposes of.</summary>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public ISpeechModel Model => pool is not null ? model : throw new ObjectDisposedException(nameof(RecognizerLease));

    /// <summary>The model's recognizer, with the pool's options.</summary>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public Recognizer Recognizer => pool is not null ? recognizer : throw new ObjectDisposedException(nameof(RecognizerLease));

    /// <summary>Gives the instance back, once.</summary>
    public void Dispose() => Interlocked.Exchange(ref pool, null)?.Return(model, recognizer);
}
