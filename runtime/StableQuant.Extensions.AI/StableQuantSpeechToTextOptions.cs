using StableQuant.Recognition;

namespace StableQuant.Extensions.AI;

/// <summary>How a <see cref="StableQuantSpeechToTextClient"/> serves its calls.</summary>
public sealed record StableQuantSpeechToTextOptions
{
    /// <summary>The most instances of the model: calls beyond it wait. By default one a processor.</summary>
    public int? PoolSize { get; init; }

    /// <summary>
    /// How long a call waits for an instance before it fails; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes. By default one minute.
    /// </summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How speech is recognised. Its <c>Cutting</c> holds for streams, too, which tell of partial results where it has a <c>PartialInterval</c>.
    /// It may not have a detector, which serves one stream at a time.
    /// </summary>
    public RecognizerOptions Recognition { get; init; } = new();

    /// <summary>What responses and telemetry call the model; null for no name, or for that of the class where the class is known.</summary>
    public string? ModelId { get; init; }

    /// <summary>The language that the model understands, as a BCP 47 tag such as <c>en</c> or <c>pt-BR</c>; null where it is not known.</summary>
    public string? Language { get; init; }

    /// <summary>Refuses what cannot be.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Check()
    {
        if (PoolSize is <= 0)
        {
            throw new ArgumentException($"{nameof(PoolSize)} is {PoolSize}; it must be 1 at least.");
        }

        if (MaxWait <= TimeSpan.Zero && MaxWait != Timeout.InfiniteTimeSpan || MaxWait.TotalMilliseconds > int.MaxValue)
        {
            throw new ArgumentException($"{nameof(MaxWait)} is {MaxWait}; it must be positive and below 24 days, or Timeout.InfiniteTimeSpan.");
        }

        if (Recognition.Cutting.Detector is not null)
        {
            throw new ArgumentException(
                $"{nameof(Recognition)} has a detector, which serves one stream at a time. Give each call one of its own, by SpeechToTextOptions.RawRepresentationFactory.");
        }
    }
}
