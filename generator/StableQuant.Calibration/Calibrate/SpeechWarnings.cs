using System.Globalization;
using System.Security.Cryptography;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>What makes a result on data worth less than it looks.</summary>
public static class SpeechWarnings
{
    /// <summary>With fewer words a single one counts for more than the quarter of a point that decides about a layer.</summary>
    public const int FewWords = 400;

    /// <summary>Looks at the data of a calibration.</summary>
    /// <param name="data">What calibration hears.</param>
    /// <param name="holdout">What the result is measured on; null where that is a part of the data.</param>
    /// <param name="kind">What is counted.</param>
    /// <returns>Warnings, a sentence each.</returns>
    public static IEnumerable<string> Of(SpeechDataset data, SpeechDataset? holdout, MeasureKind kind = MeasureKind.Words)
    {
        ArgumentNullException.ThrowIfNull(data);
        foreach (SpeechDataset set in holdout is null ? [data] : new[] { data, holdout })
        {
            int words = kind == MeasureKind.Words ? set.Utterances.Sum(u => ScoringText.Words(ScoringText.Normalize(u.Transcript ?? "")).Length) : set.Utterances.Count;
            if (set.HasTranscripts && words < FewWords && kind is MeasureKind.Words or MeasureKind.Labels)
            {
                string items = kind.Items();
                yield return string.Create(CultureInfo.InvariantCulture, $"warning: {set.Name} has {words} {items}: one {items[..^1]} is {(words == 0 ? 100 : 100.0 / words):0.##} points of {kind.Rate()}; take {FewWords} or more, better some thousands.");
            }
        }

        if (holdout is not null && Shared(data, holdout) is > 0 and int shared)
        {
            yield return shared == holdout.Utterances.Count
                ? $"warning: all recordings of {holdout.Name} are in {data.Name}, too: what is measured on them says nothing of speech that calibration has not heard."
                : $"warning: {shared} of {holdout.Utterances.Count} recordings of {holdout.Name} are in {data.Name}, too: what is measured on them flatters the result.";
        }
    }

    /// <summary>Utterances of a set that are in another, as the same part of the same file or of a copy of it.</summary>
    private static int Shared(SpeechDataset data, SpeechDataset holdout)
    {
        // Files of one length are compared by their content, once each.
        ILookup<long, string> byLength = data.Utterances.Select(u => u.AudioPath).Distinct().ToLookup(path => new FileInfo(path).Length);
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        string Hash(string path)
        {
            if (!hashes.TryGetValue(path, out string? hash))
            {
                using FileStream stream = File.OpenRead(path);
                hashes.Add(path, hash = Convert.ToHexString(SHA256.HashData(stream)));
            }

            return hash;
        }

        var parts = data.Utterances.Select(u => (u.AudioPath, u.Start)).ToHashSet();
        return holdout.Utterances.Count(u => parts.Contains((u.AudioPath, u.Start))
            || byLength[new FileInfo(u.AudioPath).Length].Any(path => path != u.AudioPath && Hash(path) == Hash(u.AudioPath) && parts.Contains((path, u.Start))));
    }
}
