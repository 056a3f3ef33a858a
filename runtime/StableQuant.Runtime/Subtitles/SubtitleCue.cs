namespace StableQuant.Subtitles;

/// <summary>A subtitle.</summary>
/// <param name="Start">When it appears, in seconds.</param>
/// <param name="End">When it goes, in seconds; not after the next one appears.</param>
/// <param name="Text">Its lines, with <c>\n</c> between.</param>
public readonly record struct SubtitleCue(double Start, double End, string Text);
