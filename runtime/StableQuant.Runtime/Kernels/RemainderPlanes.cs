namespace StableQuant.Runtime;

/// <summary>
/// The inputs of a block of rows in which many have a remainder: too many to add one by one. Inputs and remainders together are
/// two planes of bytes, input + remainder + 2^15 = low + 256 · high, so that the sums are those of two products over bytes
/// (<see cref="RemainderKernels{TPath, TInt, TFloat}.Join"/>), whatever the remainders are.
/// </summary>
internal unsafe struct RemainderPlanes
{
    /// <summary>A block is crowded when more than one input in so many has a remainder: products over planes are faster then.</summary>
    private const int CrowdedShare = 16;

    // Low and high byte of what is kept at most lie within bytes.
    private const int Offset = 1 << 15;

    private readonly byte* low;
    private readonly byte* high;
    private readonly int mostRows;
    private readonly InputWindow window;
    private int firstRow;

    /// <summary>Planes in some memory.</summary>
    /// <param name="room">The memory: twice the bytes that the windows of so many rows span.</param>
    /// <param name="mostRows">Rows of a block at most; <see cref="TileSums.MostRows"/> at least.</param>
    /// <param name="window">What a row reads.</param>
    public RemainderPlanes(byte* room, int mostRows, in InputWindow window)
    {
        low = room;
        high = room + window.Bytes(mostRows);
        this.mostRows = mostRows;
        this.window = window;
    }

    /// <summary>Whether the first rows of a block read so many remainders that planes are for them.</summary>
    /// <param name="list">The input's remainders.</param>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row behind the last one.</param>
    public readonly bool AreFor(in Remainders list, int first, int end)
    {
        int firstFrame = Math.Max(window.FirstFrame(first), 0);
        int endFrame = Math.Min(window.EndFrame(Math.Min(end, first + mostRows)), list.Frames);
        long listed = 0;
        for (int frame = firstFrame; frame < endFrame; frame++)
        {
            listed += list.Count(frame);
        }

        return listed * CrowdedShare > (long)Math.Max(endFrame - firstFrame, 0) * list.Channels;
    }

    /// <summary>Fills the planes for as many rows of a block as there is room for.</summary>
    /// <param name="a">The product.</param>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row behind the last one.</param>
    /// <returns>The row behind the last one that they are filled for.</returns>
    public int Fill(in LayerArguments a, int first, int end)
    {
        end = Math.Min(end, first + mostRows);

        // The last tile may begin before the block.
        firstRow = Math.Max(Math.Min(first, end - TileSums.MostRows), 0);
        uint bytes = (uint)window.Bytes(end - firstRow);
        Buffer.MemoryCopy(a.Input + firstRow * window.RowBytes, low, bytes, bytes);
        new Span<byte>(high, (int)bytes).Fill(Offset >> 8);

        Remainders list = a.InputRemainders;
        int firstFrame = window.FirstFrame(firstRow);
        int endFrame = window.EndFrame(end);
        for (int frame = Math.Max(firstFrame, 0); frame < Math.Min(endFrame, list.Frames); frame++)
        {
            for (int i = 0; i < list.Count(frame); i++)
            {
                int entry = list.Entry(frame, i);
                int channel = Remainders.Channel(entry) - a.FirstInputChannel;
                if ((uint)channel < (uint)window.Channels)
                {
                    int at = (frame - firstFrame) * window.Channels + channel;
                    int value = low[at] + Remainders.Value(entry) + Offset;
                    low[at] = (byte)value;
                    high[at] = (byte)(value >> 8);
                }
            }
        }

        return end;
    }

    /// <summary>The product over the low bytes.</summary>
    public readonly LayerArguments Low(in LayerArguments a) => Over(low, a);

    /// <summary>The product over the high bytes.</summary>
    public readonly LayerArguments High(in LayerArguments a) => Over(high, a);

    // Bytes of a plane lie anywhere: what is known of inputs near their zero point proves nothing here.
    private readonly LayerArguments Over(byte* plane, in LayerArguments a)
    {
        LayerArguments product = a;
        product.Input = plane - firstRow * window.RowBytes;
        product.Limits = null;
        return product;
    }
}
