using StableQuant.Decoding.Search;
using StableQuant.Streaming;

namespace StableQuant.Recognition;

/// <summary>How recordings are recognised.</summary>
public sealed record RecognizerOptions
{
    /// <summary>A search among what may have been said; null for the best token of each frame.</summary>
    public SearchOptions? Search { get; init; }

    /// <summary>How long recordings are cut.</summary>
    public StreamingOptions Cutting { get; init; } = new();
}
