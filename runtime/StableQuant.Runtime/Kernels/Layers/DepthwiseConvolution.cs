using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StableQuant.Kernels.Lanes;
using StableQuant.Kernels.Outliers;
using StableQuant.Layout;

namespace StableQuant.Kernels.Layers;

/// <summary>The frames that a row of a depthwise convolution reads.</summary>
/// <param name="channels">Channels, each convolved by itself.</param>
/// <param name="taps">Frames of a row's window.</param>
/// <param name="stride">Frames from one window to the next.</param>
/// <param name="padLeft">Frames of the first window that lie before the utterance.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct DepthwiseShape(int channels, int taps, int stride, int padLeft)
{
    internal int Channels { get; } = channels;

    internal int Taps { get; } = taps;

    internal int Stride { get; } = stride;

    internal int PadLeft { get; } = padLeft;
}

/// <summary>
/// Convolutions over time of each channel by itself: 16 channels lie across the lanes, and some rows share each tap's weights. In int8 a frame
/// is laid out beside the next one, a pair of int16 a channel, which one instruction multiplies by a pair of taps; what a value keeps beyond
/// its grid fits int16, too, and simply stands there.
/// </summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class DepthwiseConvolution<TIsa, TInt, TFloat>
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    private const int Lanes = PanelLayout.Outputs, TileRows = DepthwiseScratch.TileRows, StoredRows = TileLayout.EpilogueVectors;

    /// <summary>Computes some rows in int8.</summary>
    /// <param name="a">Where input, packed weights and <see cref="DepthwiseScratch"/> lie, and which rows.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="store">The epilogue of some rows of a panel: their sums, the first row, how many, the panel, 1.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in LayerArguments a, in DepthwiseShape shape, delegate*<in LayerArguments, int*, int, int, int, int, void> store)
    {
        var scratch = new DepthwiseScratch(shape.Taps, shape.Stride);
        int* frames = (int*)a.Scratch;
        int* weights = frames + scratch.Frames * Lanes;
        int* sums = stackalloc int[StoredRows * Lanes];
        for (int first = a.FirstRow; first < a.EndRow; first += scratch.Rows)
        {
            int end = Math.Min(first + scratch.Rows, a.EndRow);
            for (int panel = 0; panel < PanelLayout.Panels(shape.Channels); panel++)
            {
                LayOut(a, shape, first, end, panel * Lanes, frames);
                Widen(a.Weights + (long)panel * scratch.PaddedTaps * Lanes, scratch.PaddedTaps / PanelLayout.Inputs, weights);
                for (int row = first; row < end; row += StoredRows)
                {
                    int rows = Math.Min(StoredRows, end - row);
                    for (int r = 0; r < rows; r += TileRows)
                    {
                        Sum(frames + (long)(row - first + r) * shape.Stride * Lanes, count: 1, lineInts: 0, shape.Stride * Lanes, weights, scratch.PaddedTaps / 2, sums + r * Lanes);
                    }

                    store(a, sums, row, rows, panel, 1);
                }
            }
        }
    }

    /// <summary>Computes some rows in float32: one fused multiply-add a tap, in their order.</summary>
    /// <param name="a">Where input and packed weights lie, and which rows.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="store">As above.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunFloat(in LayerArguments a, in DepthwiseShape shape, delegate*<in LayerArguments, int*, int, int, int, int, void> store)
    {
        float* sums = stackalloc float[StoredRows * Lanes];
        for (int first = a.FirstRow; first < a.EndRow; first += StoredRows)
        {
            int rows = Math.Min(StoredRows, a.EndRow - first);
            for (int panel = 0; panel < PanelLayout.Panels(shape.Channels); panel++)
            {
                for (int r = 0; r < rows; r++)
                {
                    float* x = a.Source + (long)(first + r) * shape.Stride * shape.Channels + panel * Lanes;
                    float* w = (float*)a.Weights + (long)panel * shape.Taps * Lanes;
                    TFloat sum = TIsa.Broadcast(0f);
                    for (int tap = 0; tap < shape.Taps; tap++, x += shape.Channels, w += Lanes)
                    {
                        sum = TIsa.MultiplyAdd(TIsa.Load(x), TIsa.Load(w), sum);
                    }

                    TIsa.Store(sums + r * Lanes, sum);
                }

                store(a, (int*)sums, first, rows, panel, 1);
            }
        }
    }

    /// <summary>Sums a tile of rows, whose sums stay in registers while the weights go by.</summary>
    /// <param name="lines">What the first row reads, line by line: 16 channels of each place beside the next one's.</param>
    /// <param name="count">Lines.</param>
    /// <param name="lineInts">From one line to the next.</param>
    /// <param name="rowInts">From one row's places to the next row's.</param>
    /// <param name="weights">The weights, pair by pair, line by line.</param>
    /// <param name="pairs">Pairs of taps of a line.</param>
    /// <param name="sums">Receives 16 sums of each row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Sum(int* lines, int count, int lineInts, int rowInts, int* weights, int pairs, int* sums)
    {
        TInt s0 = TIsa.BroadcastInt(0), s1 = s0, s2 = s0, s3 = s0;
        for (int line = 0; line < count; line++, lines += lineInts)
        {
            int* x1 = lines + rowInts, x2 = x1 + rowInts, x3 = x2 + rowInts;
            for (int pair = 0; pair < pairs; pair++, weights += Lanes)
            {
                TInt w = TIsa.LoadInt(weights);
                long at = (long)pair * 2 * Lanes;
                s0 = TIsa.AddPairs(s0, TIsa.LoadInt(lines + at), w);
                s1 = TIsa.AddPairs(s1, TIsa.LoadInt(x1 + at), w);
                s2 = TIsa.AddPairs(s2, TIsa.LoadInt(x2 + at), w);
                s3 = TIsa.AddPairs(s3, TIsa.LoadInt(x3 + at), w);
            }
        }

        TIsa.StoreInt(sums, s0);
        TIsa.StoreInt(sums + Lanes, s1);
        TIsa.StoreInt(sums + 2 * Lanes, s2);
        TIsa.StoreInt(sums + 3 * Lanes, s3);
    }

    // Of 16 channels of the frames that some rows read each beside the next one, int16. What lies behind them meets zero weights, or
    // belongs to rows of a tile that nobody stores.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LayOut(in LayerArguments a, in DepthwiseShape shape, int first, int end, int channel, int* frames)
    {
        int count = (end - 1 - first) * shape.Stride + shape.Taps;
        byte* x = a.Input + (long)first * shape.Stride * shape.Channels + channel;
        TInt frame = TIsa.LoadBytes(x);
        for (int f = 0; f < count - 1; f++)
        {
            x += shape.Channels;
            TInt next = TIsa.LoadBytes(x);
            TIsa.StoreInt(frames + (long)f * Lanes, TIsa.OrBits(frame, TIsa.ShiftLeft(next, 16)));
            frame = next;
        }

        TIsa.StoreInt(frames + (count - 1L) * Lanes, frame);
        int firstFrame = first * shape.Stride - shape.PadLeft;
        for (int f = Math.Max(firstFrame, 0); f < Math.Min(firstFrame + count, a.InputOutliers.Frames); f++)
        {
            AddOutliers(a.InputOutliers, f, channel, f - firstFrame, (short*)frames);
        }
    }

    /// <summary>Adds what some channels of a frame keep beyond the grid where the frame is laid out, and beside the one before.</summary>
    internal static void AddOutliers(in OutlierList list, int frame, int channel, int place, short* frames)
    {
        int listed = list.Count(frame);
        for (int i = 0; i < listed; i++)
        {
            int entry = list.Entry(frame, i);
            int lane = OutlierList.Channel(entry) - channel;
            if ((uint)lane < Lanes)
            {
                long at = ((long)place * Lanes + lane) * 2;
                short value = (short)((byte)frames[at] + OutlierList.Value(entry));
                frames[at] = value;
                if (place > 0)
                {
                    // Beside the frame before.
                    frames[at - 2 * Lanes + 1] = value;
                }
            }
        }
    }

    // Groups of 16 channels × 4 taps as two vectors of pairs each.
    private static void Widen(byte* packed, int groups, int* weights)
    {
        for (int part = 0; part < groups * (PanelLayout.GroupBytes / Vector128<sbyte>.Count); part++)
        {
            // Four channels: their taps 0 and 1, then 2 and 3.
            Vector128<sbyte> four = Vector128.Load((sbyte*)packed + part * Vector128<sbyte>.Count);
            Vector128<long> lower = Vector128.Shuffle(Vector128.WidenLower(four).AsInt32(), Vector128.Create(0, 2, 1, 3)).AsInt64();
            Vector128<long> upper = Vector128.Shuffle(Vector128.WidenUpper(four).AsInt32(), Vector128.Create(0, 2, 1, 3)).AsInt64();
            int* target = weights + part / 4 * 2 * Lanes + part % 4 * Vector128<int>.Count;
            Vector128.Create(lower.GetLower(), upper.GetLower()).AsInt32().Store(target);
            Vector128.Create(lower.GetUpper(), upper.GetUpper()).AsInt32().Store(target + Lanes);
        }
    }
}
