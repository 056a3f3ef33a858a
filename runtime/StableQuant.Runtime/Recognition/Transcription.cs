namespace StableQuant.Recognition;

/// <summary>What was said in a recording.</summary>
/// <param name="Text">The text: words separated by single spaces; empty where nothing was said.</param>
/// <param name="Words">Its words, in order and without overlap, with times from the recording's start.</param>
/// <param name="Confidence">The mean confidence of the words, 0 … 1; 0 without a word.</param>
/// <param name="Duration">Length of the recording.</param>
public sealed record Transcription(string Text, IReadOnlyList<Word> Words, float Confidence, TimeSpan Duration)
{
    /// <summary>
    /// The most probable texts, best first, as many as the search was asked for; empty without a search, and for a recording that was recognised
    /// in parts.
    /// </summary>
    public IReadOnlyList<Alternative> Alternatives { get; init; } = [];

    /// <summary>What was wrong with the recording and how it was read all the same (<see cref="Audio.AudioClip.Notes"/>); empty for samples.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
