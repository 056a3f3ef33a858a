namespace StableQuant.Runtime;

/// <summary>
/// What a quantized value keeps beyond its grid: for q outside 0 … 255, the integer q − clamp(q, 0, 255), so that a
/// product over both is exact. Remainders are rare; each frame lists its own, by group of 4 channels, the unit that packed
/// weights are read in.
/// </summary>
public unsafe struct Remainders
{
    /// <summary>[frames, channels / 4]: the groups of each frame that hold a remainder.</summary>
    public ushort* Groups;

    /// <summary>The same for their remainders, four int16 each.</summary>
    public ulong* Values;

    /// <summary>[frames]: how many groups each frame lists.</summary>
    public int* Counts;

    /// <summary>Number of frames.</summary>
    public int Frames;

    /// <summary>Number of channels.</summary>
    public int Channels;

    /// <summary>The list of <paramref name="values"/>, <paramref name="groups"/> and <paramref name="counts"/>.</summary>
    public Remainders(byte* values, byte* groups, byte* counts, int frames, int channels)
    {
        Values = (ulong*)values;
        Groups = (ushort*)groups;
        Counts = (int*)counts;
        Frames = frames;
        Channels = channels;
    }

    /// <summary>The list of the frames from <paramref name="frame"/> on.</summary>
    public readonly Remainders From(int frame) => new(
        (byte*)(Values + (long)frame * (Channels / 4)), (byte*)(Groups + (long)frame * (Channels / 4)), (byte*)(Counts + frame), Frames - frame, Channels);

    /// <summary>Where a frame's list begins.</summary>
    internal readonly long FirstOf(int frame) => (long)frame * (Channels / 4);

    /// <summary>Empties the lists of some frames; values are added next.</summary>
    /// <param name="first">The first of the frames.</param>
    /// <param name="end">The frame behind the last.</param>
    public readonly void Clear(int first, int end) => new Span<int>(Counts + first, end - first).Clear();
}
