namespace StableQuant.Benchmarks.Compare;

/// <summary>One way to run a model, loaded and bound to one utterance.</summary>
internal interface ICandidate : IDisposable
{
    /// <summary>Recognises the utterance.</summary>
    void Run();
}
