namespace StableQuant.Runtime;

/// <summary>
/// What a quantized value keeps beyond its grid: for q outside 0 … 255, the integer q − clamp(q, 0, 255), so that a
/// product over both is exact. Remainders are rare. They are listed by region of some frames: close together in memory, and
/// each region one thread's, so that no two threads write one list.
/// </summary>
public unsafe struct Remainders
{
    /// <summary>Frames of a region; threads take whole regions (<see cref="Share.Of"/>).</summary>
    public const int RegionFrames = 6;

    // An entry's lowest bits name a frame within its region, those above a channel, the upper half is the remainder.
    private const int FrameBits = 3, ValueBits = 16;

    /// <summary>Each region's list, in the order that kernels took. Room for a remainder of every channel of every frame.</summary>
    public int* Entries;

    /// <summary>How many remainders each region lists.</summary>
    public int* Counts;

    /// <summary>Number of frames.</summary>
    public int Frames;

    /// <summary>Number of channels, 2^13 at most.</summary>
    public int Channels;

    /// <summary>The lists of <paramref name="entries"/> and <paramref name="counts"/>.</summary>
    public Remainders(byte* entries, byte* counts, int frames, int channels)
    {
        Entries = (int*)entries;
        Counts = (int*)counts;
        Frames = frames;
        Channels = channels;
    }

    /// <summary>The lists from a frame on, the first of a region.</summary>
    public readonly Remainders From(int frame)
    {
        int region = frame / RegionFrames;
        return new((byte*)ListOf(region), (byte*)(Counts + region), Frames - frame, Channels);
    }

    /// <summary>Empties the lists of some whole regions; values are added next.</summary>
    /// <param name="first">The first of their frames.</param>
    /// <param name="end">The frame behind the last.</param>
    public readonly void Clear(int first, int end) =>
        new Span<int>(Counts + first / RegionFrames, (end - first + RegionFrames - 1) / RegionFrames).Clear();

    /// <summary>Where a region's list begins.</summary>
    internal readonly int* ListOf(int region) => Entries + (long)region * RegionFrames * Channels;

    /// <summary>An entry; the remainder must be an int16.</summary>
    internal static int Entry(int remainder, int channel, int frame) => remainder << ValueBits | channel << FrameBits | frame;

    /// <summary>The remainder of an entry.</summary>
    internal static ushort Value(int entry) => (ushort)(entry >> ValueBits);

    /// <summary>The channel of an entry.</summary>
    internal static int Channel(int entry) => (ushort)entry >> FrameBits;

    /// <summary>The frame of an entry, within its region.</summary>
    internal static int Frame(int entry) => entry & ((1 << FrameBits) - 1);
}
