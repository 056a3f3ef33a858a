using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AdvSimd = System.Runtime.Intrinsics.Arm.AdvSimd;
using Instructions = System.Runtime.Intrinsics.Arm.Sha256;

namespace StableQuant.Weights;

/// <summary>SHA-256 by Arm64's SHA instructions.</summary>
internal static class Sha256Arm
{
    private const int Groups = 16, ScheduledGroups = 4;

    /// <summary>Whether it can run here.</summary>
    public static bool IsSupported => Instructions.IsSupported;

    /// <summary>Takes blocks into a state.</summary>
    /// <param name="state">a … h.</param>
    /// <param name="blocks">Any number of whole blocks.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress(Span<uint> state, ReadOnlySpan<byte> blocks)
    {
        Vector128<uint> abcd = Vector128.Create<uint>(state), efgh = Vector128.Create<uint>(state[4..]);
        for (; blocks.Length >= Sha256.BlockLength; blocks = blocks[Sha256.BlockLength..])
        {
            Vector128<uint> w0 = Words(blocks), w1 = Words(blocks[16..]), w2 = Words(blocks[32..]), w3 = Words(blocks[48..]);
            Vector128<uint> abcdBefore = abcd, efghBefore = efgh;
            for (int group = 0; group < Groups; group++)
            {
                Vector128<uint> sum = w0 + Vector128.Create(Sha256.K[(4 * group)..]), hash = abcd;
                abcd = Instructions.HashUpdate1(abcd, efgh, sum);
                efgh = Instructions.HashUpdate2(efgh, hash, sum);

                // The last four groups have all their words.
                Vector128<uint> next = group < Groups - ScheduledGroups ? Instructions.ScheduleUpdate1(Instructions.ScheduleUpdate0(w0, w1), w2, w3) : w0;
                (w0, w1, w2, w3) = (w1, w2, w3, next);
            }

            abcd += abcdBefore;
            efgh += efghBefore;
        }

        abcd.CopyTo(state);
        efgh.CopyTo(state[4..]);
    }

    // Four big-endian words.
    private static Vector128<uint> Words(ReadOnlySpan<byte> bytes) => AdvSimd.ReverseElement8(Vector128.Create(bytes).AsUInt32());
}
