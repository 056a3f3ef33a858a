namespace StableQuant.Streaming;

/// <summary>How a <see cref="StreamingSession"/> cuts a recording into utterances, and how often it tells what it has heard. All durations are rounded to blocks of the detector.</summary>
public sealed record StreamingOptions
{
    /// <summary>
    /// A pause that ends an utterance: 50 ms to 10 s. Utterances beyond <see cref="RelaxedUtterance"/> end at shorter ones.
    /// </summary>
    public TimeSpan EndPause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The most that an utterance reaches beyond its loud speech on either side, 0 to 2 s. It reaches as far as there is more than the
    /// background, to weak consonants and dying vowels; of the background itself models make letters.
    /// </summary>
    public TimeSpan Margin { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>From here on to <see cref="MaxUtterance"/> the pause that is waited for shrinks, to 100 ms.</summary>
    public TimeSpan RelaxedUtterance { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>
    /// The longest utterance, 2 s at least; no more than the model takes. Where no pause comes before, the utterance is cut where the model
    /// hears the longest blank in its second half, and the rest is recognised with a second of what came before the cut.
    /// </summary>
    public TimeSpan MaxUtterance { get; init; } = TimeSpan.FromSeconds(16);

    /// <summary>
    /// How much new audio makes another partial result, 20 ms at least; zero for none, which is the default. Each runs the model over the
    /// utterance so far.
    /// </summary>
    public TimeSpan PartialInterval { get; init; }

    /// <summary>Utterances whose <see cref="SpeechResult.Confidence"/> is below are no speech: 0 … 1.</summary>
    public double MinConfidence { get; init; } = 0.65;

    /// <summary>Tells speech from its background; null for the detector that goes by energy. It serves one stream at a time.</summary>
    public IVoiceActivityDetector? Detector { get; init; }
}
