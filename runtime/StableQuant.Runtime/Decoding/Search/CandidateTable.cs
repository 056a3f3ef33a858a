namespace StableQuant.Decoding.Search;

/// <summary>The entries that a frame may lead to, found by their keys. Nothing is cleared from frame to frame.</summary>
internal sealed class CandidateTable
{
    private readonly BeamEntry[] entries;
    private readonly int[] slots;
    private readonly int[] stamps;
    private int stamp;

    /// <summary>Makes a table of so many entries at most.</summary>
    public CandidateTable(int capacity)
    {
        entries = new BeamEntry[capacity];
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity * 2);
        slots = new int[size];
        stamps = new int[size];
    }

    /// <summary>Number of entries.</summary>
    public int Count { get; private set; }

    /// <summary>The entries, in the order in which they were added.</summary>
    public Span<BeamEntry> Entries => entries.AsSpan(0, Count);

    /// <summary>Forgets all entries.</summary>
    public void Clear()
    {
        Count = 0;
        if (++stamp == int.MaxValue)
        {
            Array.Clear(stamps);
            stamp = 1;
        }
    }

    /// <summary>Finds an entry, or the slot for it.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="slot">What <see cref="Add"/> wants to know.</param>
    /// <returns>Its index, or −1.</returns>
    public int Find(ulong key, out int slot)
    {
        slot = (int)(key >> 20) & (slots.Length - 1);
        while (stamps[slot] == stamp)
        {
            if (entries[slots[slot]].Key == key)
            {
                return slots[slot];
            }

            slot = (slot + 1) & (slots.Length - 1);
        }

        return -1;
    }

    /// <summary>Adds an entry, which the caller fills in.</summary>
    public ref BeamEntry Add(int slot)
    {
        stamps[slot] = stamp;
        slots[slot] = Count;
        return ref entries[Count++];
    }
}
