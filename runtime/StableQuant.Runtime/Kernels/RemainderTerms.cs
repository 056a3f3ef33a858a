using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StableQuant.Runtime;

/// <summary>
/// The remainders that a block of rows reads, row by row: gathered once, and then added panel by panel without a branch
/// that depends on where the outliers are.
/// </summary>
public unsafe struct RemainderTerms
{
    private const int GroupBytes = 64;

    private readonly RemainderTerm* terms;
    private readonly RemainderTerm* window;
    private readonly int capacity;
    private readonly int* ends;
    private readonly int mostRows;
    private readonly int* frames;
    private readonly int mostFrames;
    private int firstRow;

    /// <summary>A list in some memory.</summary>
    /// <param name="room">The memory: twice the terms, then an int32 for each row and frame.</param>
    /// <param name="mostTerms">Terms of a block at most; 4 more than the inputs of a row at least.</param>
    /// <param name="mostRows">Rows of a block at most.</param>
    /// <param name="mostFrames">Frames that they read at most; the taps of a row at least.</param>
    public RemainderTerms(byte* room, int mostTerms, int mostRows, int mostFrames)
    {
        terms = (RemainderTerm*)room;
        window = terms + mostTerms;
        ends = (int*)(window + mostTerms);
        frames = ends + mostRows;
        this.mostRows = mostRows;
        this.mostFrames = mostFrames;

        // Terms are copied four at a time.
        capacity = mostTerms - Vector256<ulong>.Count;
    }

    /// <summary>Gathers the terms of a block of rows, as many as there is room for.</summary>
    /// <param name="list">The input's remainders.</param>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row behind the last one.</param>
    /// <param name="taps">Frames of a row's window.</param>
    /// <param name="stride">Frames from one window to the next.</param>
    /// <param name="padLeft">Frames of the first window that lie before the utterance.</param>
    /// <param name="firstGroup">The first group of 4 channels that the weights cover.</param>
    /// <param name="groups">How many they cover.</param>
    /// <returns>The row behind the last one whose terms are gathered: one row at least.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Gather(in Remainders list, int first, int end, int taps, int stride, int padLeft, int firstGroup, int groups)
    {
        firstRow = first;
        end = Math.Min(end, first + Math.Min(mostRows, (mostFrames - taps) / stride + 1));
        int firstFrame = Math.Max(first * stride - padLeft, 0);
        int endFrame = Math.Max(Math.Min((end - 1) * stride - padLeft + taps, list.Frames), firstFrame);
        int gathered = GatherFrames(list, firstFrame, endFrame, firstGroup, groups);
        int next = 0;
        for (int row = first; row < end; row++)
        {
            int frame = row * stride - padLeft;
            int start = EndBefore(Math.Clamp(frame, firstFrame, gathered) - firstFrame);
            int stop = EndBefore(Math.Clamp(frame + taps, firstFrame, gathered) - firstFrame);
            if (Math.Min(frame + taps, endFrame) > gathered || next + stop - start > capacity)
            {
                return row;
            }

            Vector256<ulong> step = Vector256.Create(RemainderTerm.Step(row - first, (frame - firstFrame) * groups * GroupBytes));
            for (int i = start; i < stop; i += Vector256<ulong>.Count)
            {
                // What lies behind the row's last term is the next one's to overwrite.
                (Vector256.Load((ulong*)(window + i)) + step).Store((ulong*)(terms + next + i - start));
            }

            next += stop - start;
            ends[row - first] = next;
        }

        return end;
    }

    /// <summary>The first term of a row.</summary>
    internal readonly RemainderTerm* Start(int row) => terms + (row == firstRow ? 0 : ends[row - firstRow - 1]);

    /// <summary>Behind the last term of a row.</summary>
    internal readonly RemainderTerm* End(int row) => terms + ends[row - firstRow];

    /// <summary>A row's number within the block.</summary>
    internal readonly int InBlock(int row) => row - firstRow;

    // Where the terms of the frames before one of the window end.
    private readonly int EndBefore(int frame) => frame == 0 ? 0 : frames[frame - 1];

    // The remainders of some frames, frame by frame, as of a row that begins with the first of them. Returns the frame
    // behind the last that there was room for.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly int GatherFrames(in Remainders list, int firstFrame, int endFrame, int firstGroup, int groups)
    {
        const int RegionFrames = Remainders.RegionFrames;
        int* counts = stackalloc int[RegionFrames];
        int count = 0;
        for (int region = firstFrame / RegionFrames; region * RegionFrames < endFrame; region++)
        {
            int start = region * RegionFrames;
            long first = list.FirstOf(region);
            long end = first + list.Counts[region];

            // A region's list is in the order that kernels took: sorted by counting.
            new Span<int>(counts, RegionFrames).Clear();
            for (long entry = first; entry < end; entry++)
            {
                ushort place = list.Places[entry];
                ulong four = list.Values[entry];
                int values = Bit((ushort)four) + Bit((ushort)(four >> 16)) + Bit((ushort)(four >> 32)) + Bit((ushort)(four >> 48));
                counts[Remainders.Frame(place)] += (uint)(Remainders.Group(place) - firstGroup) < (uint)groups ? values : 0;
            }

            int from = Math.Max(start, firstFrame);
            int to = Math.Min(start + RegionFrames, endFrame);
            for (int frame = from; frame < to; frame++)
            {
                int values = counts[frame - start];
                if (count + values > capacity)
                {
                    to = frame;
                    endFrame = frame;
                    break;
                }

                counts[frame - start] = count;
                count += values;
            }

            for (long entry = first; entry < end; entry++)
            {
                ushort place = list.Places[entry];
                int inRegion = Remainders.Frame(place);
                int group = Remainders.Group(place) - firstGroup;
                int frame = start + inRegion;
                if ((uint)group >= (uint)groups || frame < from || frame >= to)
                {
                    continue;
                }

                int weights = ((frame - firstFrame) * groups + group) * GroupBytes;
                for (ulong four = list.Values[entry]; four != 0;)
                {
                    int input = BitOperations.TrailingZeroCount(four) / 16;
                    window[counts[inRegion]++] = RemainderTerm.Of(weights, input, (ushort)(four >> (input * 16)));
                    four &= ~(0xFFFFUL << (input * 16));
                }
            }

            for (int frame = from; frame < to; frame++)
            {
                frames[frame - firstFrame] = counts[frame - start];
            }
        }

        return endFrame;
    }

    // 1 for a remainder, 0 for none.
    private static int Bit(ushort value) => value != 0 ? 1 : 0;
}
