using StableQuant.Graph;
using static System.FormattableString;

namespace StableQuant.Cli.Output;

/// <summary>What is made of the samples before the first layer, for people and for programs.</summary>
internal static class FrontEndOutput
{
    private const string Features = "features", WholeUtterance = "utterance", EachBand = "band";

    /// <summary>A line; it begins with the name by which layers read it.</summary>
    public static string Line(Graph.FrontEnd frontEnd) => Invariant($"{frontEnd.Value}: ") + frontEnd switch
    {
        WaveformFrontEnd { Epsilon: null } w => Invariant($"{w.SampleRate} samples a second, as they are"),
        WaveformFrontEnd w => Invariant($"{w.SampleRate} samples a second, at zero mean and unit variance over the utterance"),
        LogMelFrontEnd m => Invariant($"log-mel features as {Convention(m)} makes them, of {m.SampleRate} samples a second: windows of {m.Window} every {m.Hop}, Fourier transform of {m.FourierSize}, ")
            + Invariant($"preemphasis {m.Preemphasis:G3}, {m.Bands} bands from {m.Low:G6} to {m.High:G6} Hz, each at zero mean and unit variance over the utterance")
            + (m.Stack > 1 ? Invariant($", {m.Stack} frames in one") : ""),
        _ => Invariant($"features of {frontEnd.Channels} channels that are given"),
    };

    /// <summary>An object of <c>--json</c>.</summary>
    public static object Json(Graph.FrontEnd frontEnd) => frontEnd switch
    {
        WaveformFrontEnd w => new { Kind = "samples", w.SampleRate, NormalizedOver = w.Epsilon is null ? null : WholeUtterance },
        LogMelFrontEnd m => new
        {
            Kind = LogMelFrontEnd.KindName, Convention = Convention(m), m.SampleRate, m.Window, m.Hop, m.FourierSize, m.Preemphasis, m.Bands, m.Low, m.High, m.Stack, NormalizedOver = EachBand,
        },
        _ => new { Kind = Features, frontEnd.SampleRate, frontEnd.Channels },
    };

    private static string Convention(LogMelFrontEnd features) => features.Convention == LogMelConvention.Kaldi ? "w2v-BERT 2.0" : "NeMo";
}
