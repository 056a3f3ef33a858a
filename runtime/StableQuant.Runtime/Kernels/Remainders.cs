using System.Runtime.CompilerServices;

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

    /// <summary>Parts of a region's list: its head, and what has no place there.</summary>
    internal const int Parts = 2;

    // A cache line: how many entries each part has, and those of the head. Kernels come to regions in an order of their own, and
    // rooms for every channel of every frame are pages apart.
    private const int HeadInts = 16, MostInHead = HeadInts - Parts;

    /// <summary>Each region's head, 64 bytes.</summary>
    public int* Heads;

    /// <summary>What each region lists beyond its head: room for a remainder of every channel of every frame.</summary>
    public int* Tails;

    /// <summary>Number of frames.</summary>
    public int Frames;

    /// <summary>Number of channels, 2^13 at most.</summary>
    public int Channels;

    /// <summary>The lists of <paramref name="heads"/> and <paramref name="tails"/>.</summary>
    public Remainders(byte* heads, byte* tails, int frames, int channels)
    {
        Heads = (int*)heads;
        Tails = (int*)tails;
        Frames = frames;
        Channels = channels;
    }

    /// <summary>The lists from a frame on, the first of a region.</summary>
    public readonly Remainders From(int frame)
    {
        int region = frame / RegionFrames;
        return new((byte*)Head(region), (byte*)Tail(region), Frames - frame, Channels);
    }

    /// <summary>Empties the lists of some whole regions; values are added next.</summary>
    /// <param name="first">The first of their frames.</param>
    /// <param name="end">The frame behind the last.</param>
    public readonly void Clear(int first, int end)
    {
        for (int region = first / RegionFrames; region * RegionFrames < end; region++)
        {
            new Span<int>(Head(region), Parts).Clear();
        }
    }

    /// <summary>How many remainders a region lists.</summary>
    internal readonly int Count(int region) => Head(region)[0] + Head(region)[1];

    /// <summary>A part of a region's list, in the order that kernels took.</summary>
    internal readonly ReadOnlySpan<int> Part(int region, int part) =>
        new(part == 0 ? Head(region) + Parts : Tail(region), Head(region)[part]);

    /// <summary>Lengthens a region's list.</summary>
    /// <param name="region">The region.</param>
    /// <param name="count">By how many entries.</param>
    /// <returns>Where they belong.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly int* Add(int region, int count)
    {
        int* head = Head(region);
        bool fits = head[0] + count <= MostInHead;
        int* end = fits ? head + Parts + head[0] : Tail(region) + head[1];
        head[fits ? 0 : 1] += count;
        return end;
    }

    private readonly int* Head(int region) => Heads + region * HeadInts;

    private readonly int* Tail(int region) => Tails + (long)region * RegionFrames * Channels;

    /// <summary>An entry; the remainder must be an int16.</summary>
    internal static int Entry(int remainder, int channel, int frame) => remainder << ValueBits | channel << FrameBits | frame;

    /// <summary>The remainder of an entry.</summary>
    internal static int Value(int entry) => entry >> ValueBits;

    /// <summary>The channel of an entry.</summary>
    internal static int Channel(int entry) => (ushort)entry >> FrameBits;

    /// <summary>The frame of an entry, within its region.</summary>
    internal static int Frame(int entry) => entry & ((1 << FrameBits) - 1);
}
