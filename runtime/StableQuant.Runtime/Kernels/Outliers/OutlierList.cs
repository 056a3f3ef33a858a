using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Layout;

namespace StableQuant.Kernels.Outliers;

/// <summary>
/// What a quantized value keeps beyond its grid: for q outside 0 … 255, the integer q − clamp(q, 0, 255), so that a
/// product over both is exact. OutlierList are rare. They are listed frame by frame: close together in memory, and each frame one
/// thread's, so that no two threads write one list.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct OutlierList
{
    // An entry's lower half is a channel, the upper one the remainder.
    private const int ValueBits = 16;

    // How many a frame has, and the first of them.
    private const int HeadInts = OutlierLayout.HeadEntries, MaxInHead = HeadInts - 1;

    private readonly int* heads;
    private readonly int* tails;

    /// <summary>The lists in some memory.</summary>
    /// <param name="heads">Each frame's head, 32 bytes.</param>
    /// <param name="tails">What each frame has beyond its head: room for a remainder of every channel.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="channels">Number of channels, 2^16 at most.</param>
    public OutlierList(byte* heads, byte* tails, int frames, int channels)
    {
        this.heads = (int*)heads;
        this.tails = (int*)tails;
        Frames = frames;
        Channels = channels;
    }

    /// <summary>The lists from a frame on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such frame.</exception>
    public OutlierList From(int frame)
    {
        Check(0, frame);
        return new((byte*)Head(frame), (byte*)Tail(frame), Frames - frame, Channels);
    }

    /// <summary>Empties the lists of some frames; values are added next.</summary>
    /// <param name="first">The first frame.</param>
    /// <param name="end">The frame behind the last.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no such frames.</exception>
    public void Clear(int first, int end)
    {
        Check(first, end);
        for (int frame = first; frame < end; frame++)
        {
            *Head(frame) = 0;
        }
    }

    /// <summary>Number of frames.</summary>
    internal int Frames { get; }

    /// <summary>Number of channels.</summary>
    internal int Channels { get; }

    /// <summary>How many outliers a frame has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Count(int frame) => *Head(frame);

    /// <summary>One of a frame's outliers, in the order that kernels took.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Entry(int frame, int index) => *Place(frame, index);

    /// <summary>Adds a remainder, an int16, to a frame's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(int frame, int channel, int remainder) => *Place(frame, (*Head(frame))++) = remainder << ValueBits | channel;

    /// <summary>The remainder of an entry.</summary>
    internal static int Value(int entry) => entry >> ValueBits;

    /// <summary>The channel of an entry.</summary>
    internal static int Channel(int entry) => (ushort)entry;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int* Place(int frame, int index) => index < MaxInHead ? Head(frame) + 1 + index : Tail(frame) + (index - MaxInHead);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int* Head(int frame) => heads + (long)frame * HeadInts;

    private int* Tail(int frame) => tails + (long)frame * Channels;

    // Safe code has no lists but the default ones, which are of no frames.
    private void Check(int first, int end)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, Frames);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, end);
    }
}
