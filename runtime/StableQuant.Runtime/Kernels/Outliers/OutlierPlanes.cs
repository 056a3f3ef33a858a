using StableQuant.Layout;

namespace StableQuant.Kernels.Outliers;

/// <summary>
/// The inputs of a block of rows in which many have a remainder: too many to add one by one. Inputs and outliers together are
/// two planes of bytes, input + remainder + 2^15 = low + 256 · high, so that the sums are those of two products over bytes
/// (<see cref="OutlierKernels{TIsa, TInt, TFloat}.Join"/>), whatever the outliers are.
/// </summary>
internal unsafe struct OutlierPlanes
{
    /// <summary>A block is crowded when more than one input in so many has a remainder: products over planes are faster then.</summary>
    private const int CrowdedShare = 16;

    // Low and high byte of what is kept at most lie within bytes.
    private const int Offset = 1 << 15;

    private readonly byte* low;
    private readonly byte* high;
    private readonly int maxRows;
    private readonly InputWindow window;
    private int firstRow;

    /// <summary>Planes in some memory.</summary>
    /// <param name="workspace">The memory: twice the bytes that the windows of so many rows span.</param>
    /// <param name="maxRows">Rows of a block at most; <see cref="TileLayout.MaxRows"/> at least.</param>
    /// <param name="window">What a row reads.</param>
    public OutlierPlanes(byte* workspace, int maxRows, in InputWindow window)
    {
        low = workspace;
        high = workspace + window.Bytes(maxRows);
        this.maxRows = maxRows;
        this.window = window;
    }

    /// <summary>
    /// Whether the first rows of a block have so many outliers that a product over planes is faster; or any row has one, where what is
    /// gathered of a frame cannot serve several rows.
    /// </summary>
    /// <param name="list">The input's outliers.</param>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row behind the last one.</param>
    public readonly bool AreWanted(in OutlierList list, int first, int end)
    {
        int firstFrame = Math.Max(window.FirstFrame(first), 0);
        int endFrame = Math.Min(window.EndFrame(window.HasWholeGroups ? Math.Min(end, first + maxRows) : end), list.Frames);
        long listed = 0;
        for (int frame = firstFrame; frame < endFrame; frame++)
        {
            listed += list.Count(frame);
        }

        return window.HasWholeGroups ? listed * CrowdedShare > (long)Math.Max(endFrame - firstFrame, 0) * list.Channels : listed > 0;
    }

    /// <summary>Fills the planes for as many rows of a block as there is room for.</summary>
    /// <param name="input">Row 0 of the input.</param>
    /// <param name="list">The input's outliers.</param>
    /// <param name="firstChannel">The first channel that the product reads.</param>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row behind the last one.</param>
    /// <returns>The row behind the last one that they are filled for.</returns>
    public int Fill(byte* input, in OutlierList list, int firstChannel, int first, int end)
    {
        end = Math.Min(end, first + maxRows);

        // The last tile may begin before the block.
        firstRow = Math.Max(Math.Min(first, end - TileLayout.MaxRows), 0);
        uint bytes = (uint)window.Bytes(end - firstRow);
        Buffer.MemoryCopy(input + firstRow * window.RowBytes, low, bytes, bytes);
        new Span<byte>(high, (int)bytes).Fill(Offset >> 8);

        int firstFrame = window.FirstFrame(firstRow);
        int endFrame = window.EndFrame(end);
        for (int frame = Math.Max(firstFrame, 0); frame < Math.Min(endFrame, list.Frames); frame++)
        {
            for (int i = 0; i < list.Count(frame); i++)
            {
                int entry = list.Entry(frame, i);
                int channel = OutlierList.Channel(entry) - firstChannel;
                if ((uint)channel < (uint)window.Channels)
                {
                    int at = (frame - firstFrame) * window.Channels + channel;
                    int value = low[at] + OutlierList.Value(entry) + Offset;
                    low[at] = (byte)value;
                    high[at] = (byte)(value >> 8);
                }
            }
        }

        return end;
    }

    /// <summary>Where row 0 of the low bytes would be.</summary>
    public readonly byte* Low => low - firstRow * window.RowBytes;

    /// <summary>Where row 0 of the high bytes would be.</summary>
    public readonly byte* High => high - firstRow * window.RowBytes;
}
