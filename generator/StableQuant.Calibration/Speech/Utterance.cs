using StableQuant.Audio;

namespace StableQuant.Calibration.Speech;

/// <summary>One recording of a data set, or a part of one.</summary>
/// <param name="Id">What the data set calls it: unique within the set, the same on every machine.</param>
/// <param name="AudioPath">The audio file.</param>
/// <param name="Transcript">What was said; null where the data set does not tell.</param>
public sealed record Utterance(string Id, string AudioPath, string? Transcript)
{
    /// <summary>Where in the file it begins; not negative.</summary>
    public TimeSpan Start { get; init; }

    /// <summary>How long it is; null where it goes to the file's end.</summary>
    public TimeSpan? Length { get; init; }

    /// <summary>Samples at <see cref="AudioFile.ModelRate"/>, where they have been counted.</summary>
    internal long? Samples { get; init; }

    /// <summary>Loads its samples, mono, at <see cref="AudioFile.ModelRate"/>.</summary>
    /// <exception cref="AudioFormatException">The file cannot be decoded, or ends before the utterance begins.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    internal float[] Load(CancellationToken cancellationToken)
    {
        if (Start == TimeSpan.Zero && Length is null)
        {
            return AudioFile.Load16k(AudioPath, cancellationToken);
        }

        float[] part = LoadSome(cancellationToken);
        return part.Length > 0 ? part : throw new AudioFormatException(AudioPath, -1, FormattableString.Invariant($"ends before {Start.TotalSeconds:0.###} s, where the utterance {Id} begins"));
    }

    /// <summary>Loads its samples, or none where the file ends before it begins.</summary>
    internal float[] LoadSome(CancellationToken cancellationToken) => AudioFile.Load16k(AudioPath, Start, Length ?? TimeSpan.MaxValue, cancellationToken);
}
