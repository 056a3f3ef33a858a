namespace StableQuant.Runtime;

/// <summary>
/// What a quantized value keeps beyond its grid: for q outside 0 … 255, the integer q − clamp(q, 0, 255), so that a
/// product over both is exact. Remainders are rare. They are listed by group of 4 channels, the unit that packed weights are
/// read in, and by region of some frames: close together in memory, and each region one thread's, so that no two threads
/// write one list.
/// </summary>
public unsafe struct Remainders
{
    /// <summary>Frames of a region; threads take whole regions (<see cref="Share.Of"/>).</summary>
    public const int RegionFrames = 12;

    /// <summary>A place's lowest bits name a frame within its region, those above a group.</summary>
    private const int FrameBits = 4;

    /// <summary>Each region's list: which group of which frame holds a remainder. Room for all of them.</summary>
    public ushort* Places;

    /// <summary>The same for their remainders, four int16 each.</summary>
    public ulong* Values;

    /// <summary>How many groups each region lists.</summary>
    public int* Counts;

    /// <summary>Number of frames.</summary>
    public int Frames;

    /// <summary>Number of channels.</summary>
    public int Channels;

    /// <summary>The lists of <paramref name="values"/>, <paramref name="places"/> and <paramref name="counts"/>.</summary>
    public Remainders(byte* values, byte* places, byte* counts, int frames, int channels)
    {
        Values = (ulong*)values;
        Places = (ushort*)places;
        Counts = (int*)counts;
        Frames = frames;
        Channels = channels;
    }

    /// <summary>The lists from a frame on, the first of a region.</summary>
    public readonly Remainders From(int frame)
    {
        int region = frame / RegionFrames;
        long first = FirstOf(region);
        return new((byte*)(Values + first), (byte*)(Places + first), (byte*)(Counts + region), Frames - frame, Channels);
    }

    /// <summary>Empties the lists of some whole regions; values are added next.</summary>
    /// <param name="first">The first of their frames.</param>
    /// <param name="end">The frame behind the last.</param>
    public readonly void Clear(int first, int end) =>
        new Span<int>(Counts + first / RegionFrames, (end - first + RegionFrames - 1) / RegionFrames).Clear();

    /// <summary>Where a region's list begins.</summary>
    internal readonly long FirstOf(int region) => (long)region * RegionFrames * (Channels / 4);

    /// <summary>The place of a group.</summary>
    internal static ushort Place(int group, int frame) => (ushort)(group << FrameBits | frame);

    /// <summary>The group of a place.</summary>
    internal static int Group(ushort place) => place >> FrameBits;

    /// <summary>The frame of a place, within its region.</summary>
    internal static int Frame(ushort place) => place & ((1 << FrameBits) - 1);
}
