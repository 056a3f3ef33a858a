using System.Runtime.CompilerServices;

namespace StableQuant.Kernels.Outliers;

/// <summary>
/// The outliers that a block of rows reads, gathered once for all panels: frame by frame, so that those of any row's window
/// lie side by side.
/// </summary>
internal unsafe struct OutlierProducts
{
    /// <summary>Bytes of a panel that hold one input's weights.</summary>
    private const int InputBytes = 16;

    private readonly OutlierProduct* products;
    private readonly int maxProducts;
    private readonly int* bounds;
    private readonly int maxFrames;
    private readonly InputWindow window;
    private int firstRow;

    /// <summary>A list in some memory.</summary>
    /// <param name="workspace">The memory: the products, then an int32 for each frame, for each that rows of a tile before the block may read, and one more.</param>
    /// <param name="maxProducts">Products of a block at most.</param>
    /// <param name="maxFrames">Frames that it reads at most; the taps of a row at least.</param>
    /// <param name="window">What a row reads.</param>
    public OutlierProducts(byte* workspace, int maxProducts, int maxFrames, in InputWindow window)
    {
        products = (OutlierProduct*)workspace;
        bounds = (int*)(products + maxProducts) + FramesBefore(window);
        this.maxProducts = maxProducts;
        this.maxFrames = maxFrames;
        this.window = window;
    }

    /// <summary>Gathers the products of a block of rows, as many as there is room for.</summary>
    /// <param name="list">The input's outliers.</param>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row behind the last one.</param>
    /// <param name="firstChannel">The first channel that the weights cover.</param>
    /// <returns>The row behind the last one whose products are gathered; <paramref name="first"/> where there is no room even for its own.</returns>
    public int Gather(in OutlierList list, int first, int end, int firstChannel)
    {
        firstRow = first;
        end = Math.Min(end, first + (maxFrames - window.Taps) / window.Stride + 1);
        int endFrame = window.EndFrame(end);
        int gathered = GatherFrames(list, window.FirstFrame(first), endFrame, firstChannel);
        return gathered == endFrame ? end : Math.Max(window.RowsBefore(gathered), first);
    }

    /// <summary>What a row reads.</summary>
    internal readonly InputWindow Window => window;

    /// <summary>All of the block.</summary>
    internal readonly OutlierProduct* All => products;

    /// <summary>Bytes by which the weights of a row begin before those of the next one.</summary>
    internal readonly long WeightBytesOfRow => window.RowBytes * InputBytes;

    /// <summary>
    /// Where a row's products begin, and <see cref="InputWindow.Taps"/> further on where they end; those of the next row are
    /// <see cref="InputWindow.Stride"/> behind.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly int* Bounds(int row) => bounds + (row - firstRow) * window.Stride;

    /// <summary>The first product of a row.</summary>
    internal readonly OutlierProduct* Start(int row) => products + Bounds(row)[0];

    /// <summary>Behind the last product of a row.</summary>
    internal readonly OutlierProduct* End(int row) => products + Bounds(row)[window.Taps];

    /// <summary>Bytes by which a row's weights begin before those that its products name.</summary>
    internal readonly long WeightsBefore(int row) => (row - firstRow) * WeightBytesOfRow;

    // A tile begins so many frames before the block's first row at most. Rows before the block have some of its products, or none.
    private static int FramesBefore(in InputWindow window) => window.Scratch.FramesBefore;

    // The products of some frames; none before and behind the utterance. Returns the frame behind the last that there was room for.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly int GatherFrames(in OutlierList list, int firstFrame, int endFrame, int firstChannel)
    {
        int channels = window.Channels;
        int count = 0;
        int frame = Math.Min(Math.Max(firstFrame, 0), endFrame);
        int* bound = bounds;
        new Span<int>(bound - FramesBefore(window), FramesBefore(window) + frame - firstFrame + 1).Clear();
        bound += frame - firstFrame;
        int endListed = Math.Min(endFrame, list.Frames);
        for (; frame < endListed; frame++)
        {
            int listed = list.Count(frame);
            int firstInput = (frame - firstFrame) * channels;
            for (int i = 0; i < listed; i++)
            {
                int entry = list.Entry(frame, i);
                int channel = OutlierList.Channel(entry) - firstChannel;
                if ((uint)channel >= (uint)channels)
                {
                    continue;
                }

                int remainder = OutlierList.Value(entry);
                if (count + OutlierProduct.Count(remainder) > maxProducts)
                {
                    return frame;
                }

                count += OutlierProduct.Write(products + count, firstInput + channel, remainder);
            }

            *++bound = count;
        }

        new Span<int>(bound + 1, endFrame - frame).Fill(count);
        return endFrame;
    }
}
