using StableQuant.Calibration.Evaluate;

namespace StableQuant.Calibration.Prove;

/// <summary>What a quantized model is worth beside its float model, and what the figures rest on.</summary>
/// <param name="Model">The float model's file name.</param>
/// <param name="Calibrated">The speech of calibration.</param>
/// <param name="Judged">The speech that both models were judged on; no recording of it is among the calibration's.</param>
/// <param name="RareLimit">How often a rare word comes at most.</param>
/// <param name="RareWords">How many words of the speech judged on are rare ones.</param>
/// <param name="Float">The float model.</param>
/// <param name="Quantized">The quantized model: the very code that ships.</param>
/// <param name="Change">Quantized less float.</param>
public sealed record ModelCard(
    string Model, CardSpeech Calibrated, CardSpeech Judged, int RareLimit, int RareWords, CardRow Float, CardRow Quantized, CardRates Change)
{
    /// <summary>The tool that made it, with its version.</summary>
    public required string Tool { get; init; }

    /// <summary>The command that asked for it; null where there was none.</summary>
    public string? CommandLine { get; init; }

    /// <summary>SHA-256 of the float model's file.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>SHA-256 of the quantized model's weights.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>What the figures mean, in words.</summary>
    public string Notes() => FormattableString.Invariant(
        $"Judged on {Judged.Utterances} utterances, {Judged.Words} words, of which no recording was calibrated with. Rare are the {RareWords} words that the transcripts have at most {RareLimit} times. The real-time factor is the time of one thread over the length of the audio, on the machine that made this.");

    /// <summary>What the figures rest on: names and values.</summary>
    public IEnumerable<(string Name, string Value)> Receipt()
    {
        yield return ("made by", Tool);
        if (CommandLine is not null)
        {
            yield return ("command, without folders", CommandLine);
        }

        yield return ("float model, SHA-256", ModelSha256);
        yield return ("int8 weights, SHA-256", WeightsSha256);
        foreach ((string role, CardSpeech speech) in ((string, CardSpeech)[])[("calibrated on", Calibrated), ("judged on", Judged)])
        {
            yield return (role, FormattableString.Invariant($"{speech.Name}: {speech.Utterances} utterances, {speech.Words} words, SHA-256 over ids and transcripts {speech.Sha256}"));
        }
    }
}

/// <summary>One model of a card.</summary>
/// <param name="Name">What it is called: <c>float</c> or <c>int8</c>.</param>
/// <param name="Rates">Its error rates.</param>
/// <param name="Bytes">Size of its files.</param>
/// <param name="RealTimeFactor">Time that it took over the length of the audio, on one thread.</param>
public sealed record CardRow(string Name, CardRates Rates, long Bytes, double RealTimeFactor);

/// <summary>Error rates, or their changes.</summary>
/// <param name="Wer">Word error rate.</param>
/// <param name="Cer">Character error rate.</param>
/// <param name="RareWer">Word error rate of rare words; null where no word is rare.</param>
public sealed record CardRates(RateInterval Wer, RateInterval Cer, RateInterval? RareWer);

/// <summary>Speech that a card tells of.</summary>
/// <param name="Name">The data set's name.</param>
/// <param name="Utterances">Number of recordings.</param>
/// <param name="Words">Number of reference words.</param>
/// <param name="Sha256">SHA-256 over ids and transcripts.</param>
public sealed record CardSpeech(string Name, int Utterances, int Words, string Sha256);
