using StableQuant.Benchmarks.Compare;
using StableQuant.Benchmarks.Kernels;

namespace StableQuant.Benchmarks.Report;

/// <summary>One model on one length of audio with one number of threads.</summary>
/// <param name="Model">The model.</param>
/// <param name="Seconds">Length of the audio.</param>
/// <param name="Threads">Number of threads.</param>
/// <param name="Macs">Multiply-accumulates of its products.</param>
/// <param name="PeakMacsPerSecond">The best of <see cref="Int8Peak"/> over the same rounds: one core.</param>
/// <param name="Timings">What was measured, by candidate (see <see cref="Comparison"/>).</param>
internal sealed record ComparisonRow(string Model, int Seconds, int Threads, long Macs, double? PeakMacsPerSecond, IReadOnlyDictionary<string, Timing> Timings)
{
    /// <summary>How many times as long as ours a candidate takes, by candidate; empty without ours.</summary>
    public IReadOnlyDictionary<string, double> TimesOurs => Timings.TryGetValue(Comparison.Ours, out Timing? ours)
        ? Timings.Where(t => t.Key != Comparison.Ours).ToDictionary(t => t.Key, t => t.Value.MedianMs / ours.MedianMs, StringComparer.Ordinal)
        : new Dictionary<string, double>();

    /// <summary>Which part of the int8 peak of its cores a candidate reaches, by candidate.</summary>
    public IReadOnlyDictionary<string, double> FractionOfPeak => PeakMacsPerSecond is { } peak
        ? Timings.ToDictionary(t => t.Key, t => Macs / (t.Value.MedianMs / 1000) / (peak * Threads), StringComparer.Ordinal)
        : new Dictionary<string, double>();
}

/// <summary>One program, from its start.</summary>
/// <param name="Name">What it is.</param>
/// <param name="FirstWordsMs">Time from the start of its process to its first line of words; a median.</param>
/// <param name="PeakResidentBytes">The most memory resident until then; a median, 0 where the system does not tell.</param>
/// <param name="FileBytes">Size of a program that is one native file.</param>
/// <param name="FileBytesWithoutWeights">The same without the model's weights within.</param>
internal sealed record ProgramRow(string Name, double FirstWordsMs, long PeakResidentBytes, long? FileBytes, long? FileBytesWithoutWeights);

/// <summary>What outliers cost a model on one sound, on one thread.</summary>
/// <param name="Name">The model, or what is heard.</param>
/// <param name="Kept">With its outliers kept.</param>
/// <param name="Clipped">With its outliers clipped.</param>
internal sealed record OutlierRow(string Name, Timing Kept, Timing Clipped);

/// <summary>Everything that one run measured.</summary>
/// <param name="Machine">Where, when and of which commit.</param>
/// <param name="Int8Sequence">The instructions that <see cref="ComparisonRow.PeakMacsPerSecond"/> stands for.</param>
/// <param name="Models">Whole models.</param>
/// <param name="Outliers">The same models on speech.</param>
/// <param name="Sounds">The sample's model on sounds; the first is speech.</param>
/// <param name="Programs">Whole programs.</param>
internal sealed record Results(
    Machine Machine, string? Int8Sequence, IReadOnlyList<ComparisonRow> Models, IReadOnlyList<OutlierRow> Outliers, IReadOnlyList<OutlierRow> Sounds, IReadOnlyList<ProgramRow> Programs);
