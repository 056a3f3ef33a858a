namespace StableQuant.Streaming;

/// <summary>The latest samples of a recording, by their number from its start. What lies before the ones that are kept makes room.</summary>
/// <param name="mostKept">The most samples that are ever kept while more arrive.</param>
/// <param name="mostAppended">The most samples that arrive at once.</param>
internal sealed class SampleWindow(int mostKept, int mostAppended)
{
    // Half as much again: so samples are moved seldom.
    private readonly float[] samples = new float[mostKept + (mostKept / 2) + mostAppended];
    private long first;
    private int length;

    /// <summary>Number of the sample behind the last one.</summary>
    public long End => first + length;

    /// <summary>Adds the samples that follow.</summary>
    /// <param name="pcm">The samples.</param>
    /// <param name="keep">Number of the first sample that is still needed.</param>
    public void Append(ReadOnlySpan<float> pcm, long keep)
    {
        if (length + pcm.Length > samples.Length)
        {
            int dropped = (int)Math.Clamp(keep - first, 0, length);
            samples.AsSpan(dropped, length - dropped).CopyTo(samples);
            first += dropped;
            length -= dropped;
        }

        pcm.CopyTo(samples.AsSpan(length));
        length += pcm.Length;
    }

    /// <summary>Samples from one number to another.</summary>
    public ReadOnlySpan<float> Slice(long from, long end) => samples.AsSpan((int)(from - first), (int)(end - from));

    /// <summary>Forgets all: the next sample is the first of a recording.</summary>
    public void Clear()
    {
        first = 0;
        length = 0;
    }
}
