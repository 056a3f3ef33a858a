using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>
/// What a quantized value keeps beyond its grid: for q outside 0 … 255, the integer q − clamp(q, 0, 255), so that a
/// product over both is exact. Remainders are rare. They are listed frame by frame: close together in memory, and each frame one
/// thread's, so that no two threads write one list.
/// </summary>
public unsafe struct Remainders
{
    // An entry's lower half is a channel, the upper one the remainder.
    private const int ValueBits = 16;

    // Half a cache line: how many a frame has, and the first of them. Rooms for every channel of every frame are pages apart.
    private const int HeadInts = 8, MostInHead = HeadInts - 1;

    /// <summary>Each frame's head, 32 bytes.</summary>
    public int* Heads;

    /// <summary>What each frame has beyond its head: room for a remainder of every channel.</summary>
    public int* Tails;

    /// <summary>Number of frames.</summary>
    public int Frames;

    /// <summary>Number of channels, 2^16 at most.</summary>
    public int Channels;

    /// <summary>The lists of <paramref name="heads"/> and <paramref name="tails"/>.</summary>
    public Remainders(byte* heads, byte* tails, int frames, int channels)
    {
        Heads = (int*)heads;
        Tails = (int*)tails;
        Frames = frames;
        Channels = channels;
    }

    /// <summary>The lists from a frame on.</summary>
    public readonly Remainders From(int frame) => new((byte*)Head(frame), (byte*)Tail(frame), Frames - frame, Channels);

    /// <summary>Empties the lists of some frames; values are added next.</summary>
    /// <param name="first">The first frame.</param>
    /// <param name="end">The frame behind the last.</param>
    public readonly void Clear(int first, int end)
    {
        for (int frame = first; frame < end; frame++)
        {
            *Head(frame) = 0;
        }
    }

    /// <summary>How many remainders a frame has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly int Count(int frame) => *Head(frame);

    /// <summary>One of a frame's remainders, in the order that kernels took.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly int Entry(int frame, int index) => *Place(frame, index);

    /// <summary>Adds a remainder, an int16, to a frame's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly void Add(int frame, int channel, int remainder) => *Place(frame, (*Head(frame))++) = remainder << ValueBits | channel;

    /// <summary>The remainder of an entry.</summary>
    internal static int Value(int entry) => entry >> ValueBits;

    /// <summary>The channel of an entry.</summary>
    internal static int Channel(int entry) => (ushort)entry;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int* Place(int frame, int index) => index < MostInHead ? Head(frame) + 1 + index : Tail(frame) + (index - MostInHead);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int* Head(int frame) => Heads + (long)frame * HeadInts;

    private readonly int* Tail(int frame) => Tails + (long)frame * Channels;
}
