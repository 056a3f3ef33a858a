namespace StableQuant.Streaming;

/// <summary>Energy of blocks of samples as detectors compare them.</summary>
internal static class BlockEnergy
{
    // Hum and rumble are louder than consonants, and speech is not told by them.
    private const double PreEmphasis = 0.95;

    /// <summary>The mean square of a block behind a pre-emphasis.</summary>
    /// <param name="block">The samples.</param>
    /// <param name="previous">The sample before the block; becomes the last one of it.</param>
    public static double Of(ReadOnlySpan<float> block, ref double previous)
    {
        double sum = 0;
        foreach (float sample in block)
        {
            double difference = sample - (PreEmphasis * previous);
            sum += difference * difference;
            previous = sample;
        }

        return sum / block.Length;
    }
}
