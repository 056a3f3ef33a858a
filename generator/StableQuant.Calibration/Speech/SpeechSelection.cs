namespace StableQuant.Calibration.Speech;

/// <summary>What is taken of data, and how it is checked before long work begins.</summary>
public sealed record SpeechSelection
{
    /// <summary>Take this many utterances, chosen by a hash of their ids: the same on every machine. Null for all.</summary>
    public int? Utterances { get; init; }

    /// <summary>Leave out recordings that cannot be used, and say so, in place of an error.</summary>
    public bool SkipsBad { get; init; }

    /// <summary>
    /// The longest utterance with a transcript, in seconds; a longer one cannot be used, as its transcript cannot be cut with it. Recordings
    /// without transcripts are cut instead. Null for any length.
    /// </summary>
    public double? MaxSeconds { get; init; }

    /// <summary>Recordings that are decoded at a time.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Is told in a sentence what form data have, and what is left out; null for nobody.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Is told, from any thread, how many recordings are checked; null for nobody.</summary>
    public IProgress<EvaluationProgress>? Progress { get; init; }
}
