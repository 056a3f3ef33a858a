using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>
/// The remainders that a block of rows reads, gathered once for all panels: frame by frame, so that those of any row's window
/// lie side by side.
/// </summary>
public unsafe struct RemainderTerms
{
    /// <summary>Bytes of a panel that hold one input's weights.</summary>
    private const int InputBytes = 16;

    private readonly RemainderTerm* terms;
    private readonly int mostTerms;
    private readonly int* ends;
    private readonly int mostFrames;
    private readonly int taps;
    private readonly int stride;
    private readonly int padLeft;
    private readonly int frameBytes;
    private int firstFrame;
    private int frames;

    /// <summary>A list in some memory, for windows of one shape.</summary>
    /// <param name="room">The memory: the terms, then an int32 for each frame.</param>
    /// <param name="mostTerms">Terms of a block at most; the inputs of a row at least.</param>
    /// <param name="mostFrames">Frames that it reads at most; the taps of a row at least.</param>
    /// <param name="taps">Frames of a row's window.</param>
    /// <param name="stride">Frames from one window to the next.</param>
    /// <param name="padLeft">Frames of the first window that lie before the utterance.</param>
    /// <param name="channels">Channels that the weights cover; a multiple of 4.</param>
    public RemainderTerms(byte* room, int mostTerms, int mostFrames, int taps, int stride, int padLeft, int channels)
    {
        terms = (RemainderTerm*)room;
        ends = (int*)(terms + mostTerms);
        this.mostTerms = mostTerms;
        this.mostFrames = mostFrames;
        this.taps = taps;
        this.stride = stride;
        this.padLeft = padLeft;
        frameBytes = channels * InputBytes;
    }

    /// <summary>Gathers the terms of a block of rows, as many as there is room for.</summary>
    /// <param name="list">The input's remainders.</param>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row behind the last one.</param>
    /// <param name="firstChannel">The first channel that the weights cover.</param>
    /// <returns>The row behind the last one whose terms are gathered: one row at least.</returns>
    public int Gather(in Remainders list, int first, int end, int firstChannel)
    {
        end = Math.Min(end, first + (mostFrames - taps) / stride + 1);
        firstFrame = Math.Max(FirstOf(first), 0);
        int endFrame = Math.Max(Math.Min(FirstOf(end - 1) + taps, list.Frames), firstFrame);
        int gathered = GatherFrames(list, endFrame, firstChannel);
        frames = gathered - firstFrame;
        return gathered == endFrame ? end : (gathered - taps + padLeft) / stride + 1;
    }

    /// <summary>The first term of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly RemainderTerm* Start(int row) => EndBefore(FirstOf(row));

    /// <summary>Behind the last term of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly RemainderTerm* End(int row) => EndBefore(FirstOf(row) + taps);

    /// <summary>Bytes by which a row's weights begin before those that its terms name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly long WeightsBefore(int row) => (long)(FirstOf(row) - firstFrame) * frameBytes;

    // The first frame of a row's window.
    private readonly int FirstOf(int row) => row * stride - padLeft;

    // Where the terms of the frames before one end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly RemainderTerm* EndBefore(int frame)
    {
        int before = Math.Min(frame - firstFrame, frames);
        return terms + (before <= 0 ? 0 : ends[before - 1]);
    }

    // The terms of all frames from the first on. Returns the frame behind the last that there was room for.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly int GatherFrames(in Remainders list, int endFrame, int firstChannel)
    {
        const int RegionFrames = Remainders.RegionFrames;
        int channels = frameBytes / InputBytes;
        int* next = stackalloc int[RegionFrames];
        int count = 0;
        for (int region = firstFrame / RegionFrames; region * RegionFrames < endFrame; region++)
        {
            int* first = list.ListOf(region);
            int* end = first + list.Counts[region];

            // A region's list is in the order that kernels took: sorted by counting.
            new Span<int>(next, RegionFrames).Clear();
            for (int* entry = first; entry < end; entry++)
            {
                next[Remainders.Frame(*entry)] += (uint)(Remainders.Channel(*entry) - firstChannel) < (uint)channels ? 1 : 0;
            }

            int start = region * RegionFrames;
            int from = Math.Max(start, firstFrame);
            int to = Math.Min(start + RegionFrames, endFrame);
            for (int frame = from; frame < to; frame++)
            {
                int own = next[frame - start];
                if (count + own > mostTerms)
                {
                    to = frame;
                    endFrame = frame;
                    break;
                }

                next[frame - start] = count;
                count += own;
                ends[frame - firstFrame] = count;
            }

            for (int* entry = first; entry < end; entry++)
            {
                int channel = Remainders.Channel(*entry) - firstChannel;
                int inRegion = Remainders.Frame(*entry);
                int frame = start + inRegion;
                if ((uint)channel < (uint)channels && frame >= from && frame < to)
                {
                    terms[next[inRegion]++] = RemainderTerm.Of((frame - firstFrame) * channels + channel, Remainders.Value(*entry));
                }
            }
        }

        return endFrame;
    }
}
