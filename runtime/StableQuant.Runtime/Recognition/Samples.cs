namespace StableQuant.Recognition;

/// <summary>Samples as models take them.</summary>
internal static class Samples
{
    /// <summary>Of 16 bits: s / 32768.</summary>
    public static float[] Of(ReadOnlySpan<short> pcm)
    {
        var samples = new float[pcm.Length];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = pcm[i] / 32768f;
        }

        return samples;
    }
}
