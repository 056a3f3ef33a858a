namespace StableQuant.Calibration.Import;

/// <summary>
/// A dilated convolution is one with zeros between its taps, and so it becomes one: those of x-vectors are a hundredth of a model's work, which
/// then is two hundredths.
/// </summary>
internal static class DilatedWeights
{
    /// <summary>The most taps that it may become; those of x-vectors have 9.</summary>
    public const int MaxTaps = 1024;

    /// <summary>Taps of so many, so far apart.</summary>
    public static long Taps(int kernel, int dilation) => ((kernel - 1L) * dilation) + 1;

    /// <summary>Puts zeros between taps.</summary>
    /// <param name="weights">[…, kernel, size].</param>
    /// <param name="kernel">Taps.</param>
    /// <param name="size">Weights of a tap that lie together.</param>
    /// <param name="dilation">From one tap to the next; positive.</param>
    /// <returns>The same with (kernel − 1) · dilation + 1 taps.</returns>
    public static float[] Spread(float[] weights, int kernel, int size, int dilation)
    {
        int taps = checked((int)Taps(kernel, dilation)), rows = weights.Length / (kernel * size);
        var spread = new float[checked(rows * taps * size)];
        for (int i = 0; i < rows * kernel; i++)
        {
            weights.AsSpan(i * size, size).CopyTo(spread.AsSpan(((i / kernel * taps) + (i % kernel * dilation)) * size));
        }

        return spread;
    }
}
