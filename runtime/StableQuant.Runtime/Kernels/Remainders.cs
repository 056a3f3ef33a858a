namespace StableQuant.Runtime;

/// <summary>
/// What a quantized value keeps beyond its grid: for q outside 0 … 255, the integer q − clamp(q, 0, 255), so that a
/// product over both is exact. Remainders are rare; they are listed by frame and by group of 4 channels, the unit that
/// packed weights are read in.
/// </summary>
public unsafe struct Remainders
{
    /// <summary>[frames, channels]; only the groups that are listed hold anything.</summary>
    public short* Values;

    /// <summary>[frames, channels / 4]: the groups of a frame that hold a remainder.</summary>
    public ushort* Groups;

    /// <summary>[frames]: how many groups are listed.</summary>
    public int* Counts;

    /// <summary>Number of frames.</summary>
    public int Frames;

    /// <summary>Number of channels.</summary>
    public int Channels;

    /// <summary>The list of <paramref name="values"/>, <paramref name="groups"/> and <paramref name="counts"/>.</summary>
    public Remainders(byte* values, byte* groups, byte* counts, int frames, int channels)
    {
        Values = (short*)values;
        Groups = (ushort*)groups;
        Counts = (int*)counts;
        Frames = frames;
        Channels = channels;
    }

    /// <summary>The list of the frames from <paramref name="frame"/> on.</summary>
    public readonly Remainders From(int frame) => new(
        (byte*)(Values + (long)frame * Channels), (byte*)(Groups + (long)frame * (Channels / 4)), (byte*)(Counts + frame), Frames - frame, Channels);

    /// <summary>Empties the list; values are added next.</summary>
    public readonly void Clear() => new Span<int>(Counts, Frames).Clear();
}
