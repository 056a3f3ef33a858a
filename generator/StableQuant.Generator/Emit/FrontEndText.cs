using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>Writes the call of the front end, its tables, and what a call keeps of its result.</summary>
internal static class FrontEndText
{
    /// <summary>The class's field that has the tables.</summary>
    public const string Tables = "FrontEnd";

    public static void WriteTables(SourceWriter writer, LoweredModel network)
    {
        if (network.Model.FrontEnd is LogMelFrontEnd mel)
        {
            writer.Lines($"""
                private static readonly __SQ::FrontEnd.LogMel {Tables} = __SQ::FrontEnd.LogMel.{mel.Convention}(
                    window: {mel.Window}, hop: {mel.Hop}, fourierSize: {mel.FourierSize}, preemphasis: {SourceWriter.Literal(mel.Preemphasis)}, bands: {mel.Bands}, low: {SourceWriter.Literal(mel.Low)}, high: {SourceWriter.Literal(mel.High)}, floor: {SourceWriter.Literal(mel.Floor)}, epsilon: {SourceWriter.Literal(mel.Epsilon)});

                """);
        }
    }

    public static void WriteField(SourceWriter writer, LoweredModel network)
    {
        if (network.Model.FrontEnd is WaveformFrontEnd)
        {
            writer.Lines("internal readonly __SQ::FrontEnd.Waveform Audio;");
        }
    }

    public static void WriteRun(SourceWriter writer, LoweredModel network)
    {
        string slot = $"Slot{network.Samples.Slot}";
        writer.Lines(network.Model.FrontEnd switch
        {
            WaveformFrontEnd { Epsilon: { } epsilon } => $"Audio = __SQ::FrontEnd.Waveform.Of(pcm, {SourceWriter.Literal(epsilon)}, (short*){slot});",
            WaveformFrontEnd => $"Audio = __SQ::FrontEnd.Waveform.AsIs(pcm, (short*){slot});",
            LogMelFrontEnd => $"{Tables}.Take(pcm, (float*){slot});",
            GivenFrontEnd => $"__SQ::FrontEnd.FiniteSamples.Copy(pcm, (float*){slot});",
            var other => throw new InvalidOperationException($"No code for {other.GetType().Name}."),
        });
    }
}
