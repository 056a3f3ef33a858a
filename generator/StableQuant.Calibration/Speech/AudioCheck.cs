using StableQuant.Audio;
using static System.FormattableString;

namespace StableQuant.Calibration.Speech;

/// <summary>
/// Decodes recordings before long work begins, so that none of them ends it: tells which cannot be used, counts samples, and cuts long ones
/// that have no transcript. Memory stays that of some minutes of audio a thread, however long a recording is.
/// </summary>
internal static class AudioCheck
{
    /// <summary>25 ms, which the models' first frame takes: below it there is nothing to hear.</summary>
    private const int MinSamples = AudioFile.ModelRate / 40;

    // A check of few is over at once.
    private const int WorthTelling = 100;

    private static readonly TimeSpan Part = TimeSpan.FromMinutes(5);

    /// <summary>Checks.</summary>
    /// <param name="utterances">The utterances.</param>
    /// <param name="selection">How long they may be; who is told.</param>
    /// <param name="cancellationToken">Ends the check between two recordings.</param>
    /// <returns>For each utterance what becomes of it, one or more parts; or the problem.</returns>
    public static (IReadOnlyList<Utterance> Parts, string? Problem)[] Run(IReadOnlyList<Utterance> utterances, SpeechSelection selection, CancellationToken cancellationToken)
    {
        var results = new (IReadOnlyList<Utterance>, string?)[utterances.Count];
        ParallelWork.Run(
            results.Length, selection.Threads, () => new Worker(utterances, selection.MaxSeconds, results), utterances.Count >= WorthTelling ? selection.Progress : null, cancellationToken);
        return results;
    }

    private static (IReadOnlyList<Utterance> Parts, string? Problem) Check(Utterance utterance, double? maxSeconds, CancellationToken cancellationToken)
    {
        try
        {
            (long samples, List<(long Start, int Length)> cuts) = Measure(utterance, cancellationToken);
            double seconds = samples / (double)AudioFile.ModelRate;
            AudioLength.RequireFrame(utterance.AudioPath, samples, MinSamples);
            if (utterance.Transcript is not null)
            {
                return seconds > maxSeconds
                    ? ([], Invariant($"{utterance.AudioPath}: {seconds:0.#} s are too long with one transcript, up to {maxSeconds:0.#} s are taken; cut recording and transcript at pauses."))
                    : ([utterance with { Samples = samples }], null);
            }

            return (samples <= QuietCuts.MaxWhole ? [utterance with { Samples = samples }] : [.. cuts.Select(cut => CutOut(utterance, cut.Start, cut.Length))], null);
        }
        catch (Exception e) when (e is StableQuantException or AudioFormatException or IOException or UnauthorizedAccessException)
        {
            return ([], e.Message);
        }
    }

    /// <summary>Counts the samples of a recording and finds where to cut it, some minutes at a time.</summary>
    private static (long Samples, List<(long Start, int Length)> Cuts) Measure(Utterance utterance, CancellationToken cancellationToken)
    {
        var cuts = new List<(long, int)>();
        for (long start = 0; ;)
        {
            TimeSpan done = Time(start);
            TimeSpan wanted = utterance.Length is { } length && length - done < Part ? length - done : Part;
            float[] pcm = wanted <= TimeSpan.Zero ? [] : (utterance with { Start = utterance.Start + done, Length = wanted }).LoadSome(cancellationToken);
            // A decoder may give some samples fewer than it was asked for; the end is where a second is missing.
            bool isLast = pcm.Length < (long)((Part.TotalSeconds - 1) * AudioFile.ModelRate);
            List<(int Start, int Length)> parts = QuietCuts.Cut(pcm);

            // The last part may go on in the next minutes.
            int kept = isLast ? parts.Count : parts.Count - 1;
            cuts.AddRange(parts.Take(kept).Where(part => part.Length >= MinSamples).Select(part => (start + part.Start, part.Length)));
            if (isLast)
            {
                return (start + pcm.Length, cuts);
            }

            start += parts[^1].Start;
        }
    }

    private static Utterance CutOut(Utterance whole, long start, int length) => whole with
    {
        Id = Invariant($"{whole.Id}@{start / (double)AudioFile.ModelRate:0.####}"),
        Start = whole.Start + Time(start),
        Length = Time(length),
        Samples = length,
    };

    // 625 ticks a sample: exact.
    private static TimeSpan Time(long samples) => TimeSpan.FromTicks(samples * (TimeSpan.TicksPerSecond / AudioFile.ModelRate));

    private sealed class Worker(IReadOnlyList<Utterance> utterances, double? maxSeconds, (IReadOnlyList<Utterance>, string?)[] results) : IParallelWorker
    {
        public void Process(int index, CancellationToken cancellationToken) => results[index] = Check(utterances[index], maxSeconds, cancellationToken);

        public void Dispose()
        {
        }
    }
}
