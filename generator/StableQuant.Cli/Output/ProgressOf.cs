namespace StableQuant.Cli.Output;

/// <summary>Passes reports on at once, on the thread that makes them; <see cref="Progress{T}"/> would pass them on later and in any order.</summary>
internal sealed class ProgressOf<T>(Action<T> handler) : IProgress<T>
{
    public void Report(T value) => handler(value);
}
