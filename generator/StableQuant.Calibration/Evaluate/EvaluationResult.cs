using StableQuant.Calibration.Speech;

using StableQuant.Calibration.Evaluate.Measures;

namespace StableQuant.Calibration.Evaluate;

/// <summary>How well and how fast a model answered a data set.</summary>
/// <param name="Utterances">Each utterance, in the data set's order.</param>
public sealed record EvaluationResult(IReadOnlyList<UtteranceResult> Utterances)
{
    /// <summary>What was counted: words, unless it is said.</summary>
    public Measure Measure { get; init; } = Measure.OfWords;

    /// <summary>Errors of all utterances together: of words, or of what the measure counts.</summary>
    public ErrorRate WordErrors { get; } = Utterances.Aggregate(default(ErrorRate), (sum, u) => sum + u.WordErrors);

    /// <summary>Character errors of all utterances together.</summary>
    public ErrorRate CharacterErrors { get; } = Utterances.Aggregate(default(ErrorRate), (sum, u) => sum + u.CharacterErrors);

    /// <summary>Word error rate, a fraction; or the measure's own.</summary>
    public double Wer => WordErrors.Rate;

    /// <summary>Character error rate, a fraction; 0 where no words are counted.</summary>
    public double Cer => CharacterErrors.Rate;

    /// <summary>Number of reference words, or of what the measure counts.</summary>
    public int Words => Measure.Items(WordErrors);

    /// <summary>Length of all recordings.</summary>
    public double AudioSeconds { get; } = Utterances.Sum(u => u.Transcript.AudioSeconds);

    /// <summary>
    /// Time that the model took over the length of the audio: below 1 it keeps pace with the speaker. The times of all
    /// threads are summed, reading files is left out, so that the number is that of one thread however many ran.
    /// </summary>
    public double RealTimeFactor => AudioSeconds > 0 ? Utterances.Sum(u => u.Transcript.ModelSeconds) / AudioSeconds : 0;
}

/// <summary>How well a model answered one utterance.</summary>
/// <param name="Utterance">The utterance; its transcript is the reference.</param>
/// <param name="Transcript">What the model heard.</param>
/// <param name="WordErrors">Word errors, or the measure's own.</param>
/// <param name="CharacterErrors">Character errors.</param>
public sealed record UtteranceResult(Utterance Utterance, Transcript Transcript, ErrorRate WordErrors, ErrorRate CharacterErrors);
