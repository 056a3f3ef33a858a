namespace StableQuant.Recognition;

/// <summary>A text that may have been said.</summary>
/// <param name="Text">The text.</param>
/// <param name="Confidence">Its share among all that the search ended with, 0 … 1.</param>
public readonly record struct Alternative(string Text, double Confidence);
