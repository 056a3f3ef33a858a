using System.Collections.Concurrent;
using StableQuant.FrontEnd;
using StableQuant.Graph;
using StableQuant.Graph.Layout;
using StableQuant.Kernels.Lanes;

namespace StableQuant.Calibration.Float;

/// <summary>Log-mel features for float models: by the runtime's own kernels, so that they have the bits of those that compiled models make.</summary>
internal static unsafe class LogMelFeatures
{
    private static readonly ConcurrentDictionary<LogMelFrontEnd, LogMel> Tables = new();

    /// <summary>The features of an utterance [frames, channels].</summary>
    /// <param name="frontEnd">How they are made.</param>
    /// <param name="pcm">The samples, enough for a frame.</param>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    public static float[] Of(LogMelFrontEnd frontEnd, ReadOnlySpan<float> pcm) => Avx2Instructions.IsSupported
        ? Of<Avx2Instructions, Avx2Int, Avx2Float>(frontEnd, pcm)
        : Of<Vector128Instructions, Vector128Int, Vector128Float>(frontEnd, pcm);

    private static float[] Of<TIsa, TInt, TFloat>(LogMelFrontEnd frontEnd, ReadOnlySpan<float> pcm)
        where TIsa : struct, ILanes<TInt, TFloat>
        where TInt : unmanaged
        where TFloat : unmanaged
    {
        LogMel mel = Tables.GetOrAdd(frontEnd, Make);
        int frames = (int)frontEnd.Stages[1].Frames(pcm.Length), channels = frontEnd.Channels, padded = PanelLayout.Padded(channels);
        float[] samples = new float[pcm.Length], logarithms = new float[(long)frames * frontEnd.Bands + PanelLayout.Outputs], statistics = new float[2 * padded];
        fixed (float* sample = samples, logarithm = logarithms, statistic = statistics)
        fixed (byte* scratch = new byte[LogMelLayout.ScratchBytes(frontEnd.FourierSize, frontEnd.Bands)])
        {
            mel.Take(pcm, sample);
            LogMelKernels<TIsa, TInt, TFloat>.Run(mel, sample, pcm.Length, 0, frames, logarithm, scratch);
            LogMelKernels<TIsa, TInt, TFloat>.Measure(mel, logarithm, frames, frontEnd.Stack, 0, frontEnd.Bands, statistic);
        }

        var features = new float[frames / frontEnd.Stack * channels];
        for (int i = 0; i < features.Length; i++)
        {
            features[i] = (logarithms[i] - statistics[i % channels]) * statistics[padded + i % channels];
        }

        return features;
    }

    private static LogMel Make(LogMelFrontEnd m) => m.Convention == LogMelConvention.Nemo
        ? LogMel.Nemo(m.Window, m.Hop, m.FourierSize, m.Preemphasis, m.Bands, m.Low, m.High, m.Floor, m.Epsilon)
        : LogMel.Kaldi(m.Window, m.Hop, m.FourierSize, m.Preemphasis, m.Bands, m.Low, m.High, m.Floor, m.Epsilon);
}
