#if STABLEQUANT_RUNTIME
namespace StableQuant.Layout;
#else
namespace StableQuant.Graph.Layout;
#endif

/// <summary>How slots lie in an arena.</summary>
internal static class ArenaLayout
{
    /// <summary>Where a slot may begin, in bytes: at a cache line.</summary>
    public const int Alignment = 64;

    /// <summary>Bytes that vectors may read, and write what nobody reads, behind the last row of a slot.</summary>
    public const int Slack = 64;

    /// <summary>Where the next slot begins.</summary>
    /// <param name="start">Where the slot begins.</param>
    /// <param name="bytes">Bytes of the slot.</param>
    public static long NextSlot(long start, long bytes) => (start + bytes + Slack + Alignment - 1) & -Alignment;
}
