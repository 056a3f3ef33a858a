using StableQuant.Recognition;

namespace StableQuant.Subtitles;

/// <summary>The words of a recording, to be written.</summary>
/// <param name="Name">Name of the recording; what CTM calls the waveform file.</param>
/// <param name="Duration">Length of the recording in seconds; the end of the last word where that is later.</param>
/// <param name="Words">Its words, by time. Those without duration were not spoken and are written to JSON alone.</param>
public sealed record Transcript(string Name, double Duration, IReadOnlyList<Word> Words)
{
    /// <summary>Its characters, by time, or none.</summary>
    public IReadOnlyList<Word> Characters { get; init; } = [];
}
