using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>Writes the call of the front end, and what a call keeps of its result.</summary>
internal static class FrontEndText
{
    public static void WriteField(SourceWriter writer, LoweredModel network)
    {
        _ = Waveform(network);
        writer.Lines("internal readonly __SQ::FrontEnd.Waveform Audio;");
    }

    public static void WriteRun(SourceWriter writer, LoweredModel network) =>
        writer.Lines(Waveform(network).Epsilon is { } epsilon
            ? $"Audio = __SQ::FrontEnd.Waveform.Of(pcm, {SourceWriter.Literal(epsilon)}, (short*)Slot{network.Samples.Slot});"
            : $"Audio = __SQ::FrontEnd.Waveform.AsIs(pcm, (short*)Slot{network.Samples.Slot});");

    private static WaveformFrontEnd Waveform(LoweredModel network) => network.Model.FrontEnd as WaveformFrontEnd
        ?? throw new InvalidOperationException($"No code for {network.Model.FrontEnd.GetType().Name}.");
}
