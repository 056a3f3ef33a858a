namespace StableQuant.Calibration;

/// <summary>Passes reports on at once, on the thread that makes them; <see cref="Progress{T}"/> would pass them on later and in any order.</summary>
/// <typeparam name="T">What is reported.</typeparam>
/// <param name="handler">Gets the reports.</param>
public sealed class ProgressOf<T>(Action<T> handler) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => handler(value);
}
