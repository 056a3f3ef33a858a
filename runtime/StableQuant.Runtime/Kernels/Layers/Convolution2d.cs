using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Kernels.Lanes;
using StableQuant.Kernels.Outliers;
using StableQuant.Layout;

namespace StableQuant.Kernels.Layers;

/// <summary>The frames and bands that a row of a two-dimensional convolution reads.</summary>
/// <param name="bands">Bands of a frame of the input.</param>
/// <param name="inputs">Channels of the input: 1, which all outputs read, or those of the result.</param>
/// <param name="channels">Channels of the result.</param>
/// <param name="taps">Taps along time, and along bands.</param>
/// <param name="stride">Frames, and bands, from one window to the next.</param>
/// <param name="padding">Frames, and bands, of the first window that lie before the utterance.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Convolution2dShape(int bands, int inputs, int channels, int taps, int stride, int padding)
{
    internal int Bands { get; } = bands;

    internal bool IsShared { get; } = inputs == 1;

    internal int Channels { get; } = channels;

    internal int Taps { get; } = taps;

    internal int Stride { get; } = stride;

    internal int Padding { get; } = padding;

    internal Convolution2dScratch Scratch => new(Bands, Taps, Stride, Padding);
}

/// <summary>
/// Convolutions over time and bands, of one channel into many or of each channel by itself: 16 channels lie across the lanes, a row is a band of a
/// frame. In int8 the frames of a window are laid out with their padding, each band beside the next one, as <see cref="DepthwiseConvolution{TIsa, TInt, TFloat}"/> does it over time.
/// </summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class Convolution2d<TIsa, TInt, TFloat>
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    private const int Lanes = PanelLayout.Outputs, TileRows = Convolution2dScratch.TileRows, StoredRows = TileLayout.EpilogueVectors;

    // Frames for which the weights of a panel are widened once, while their inputs stay in the second-level cache.
    private const int BlockFrames = 8;

    /// <summary>Computes some rows in int8.</summary>
    /// <param name="a">Where input, packed weights and <see cref="Convolution2dScratch"/> lie, and which rows.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="frames">Frames of the input.</param>
    /// <param name="store">The epilogue of some rows of a panel: their sums, the first row, how many, the panel, 1.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in LayerArguments a, in Convolution2dShape shape, int frames, delegate*<in LayerArguments, int*, int, int, int, int, void> store)
    {
        Convolution2dScratch scratch = shape.Scratch;
        int* lines = (int*)a.Scratch;
        int* weights = lines + (long)shape.Taps * scratch.Positions * Lanes;
        int* sums = stackalloc int[StoredRows * Lanes];
        int bands = scratch.OutputBands;
        int endBlock;
        for (int block = a.FirstRow; block < a.EndRow; block = endBlock)
        {
            endBlock = (int)Math.Min((block / bands + (long)BlockFrames) * bands, a.EndRow);
            for (int panel = 0; panel < PanelLayout.Panels(shape.Channels); panel++)
            {
                Widen(a.Weights + panel * PanelLayout.Bytes(Lanes, shape.Taps * shape.Taps), shape.Taps, weights);
                int end;
                for (int first = block; first < endBlock; first = end)
                {
                    int frame = first / bands;
                    end = (int)Math.Min((frame + 1L) * bands, endBlock);
                    LayOut(a, shape, frame, frames, panel * Lanes, lines);
                    for (int row = first; row < end; row += StoredRows)
                    {
                        int rows = Math.Min(StoredRows, end - row);
                        for (int r = 0; r < rows; r += TileRows)
                        {
                            DepthwiseConvolution<TIsa, TInt, TFloat>.Sum(
                                lines + (row - frame * (long)bands + r) * shape.Stride * Lanes, shape.Taps, scratch.Positions * Lanes, shape.Stride * Lanes, weights, scratch.Pairs, sums + r * Lanes);
                        }

                        store(a, sums, row, rows, panel, 1);
                    }
                }
            }
        }
    }

    /// <summary>Computes some rows in float32: one fused multiply-add a tap, in their order, over those that are no padding.</summary>
    /// <param name="a">Where input and packed weights lie, and which rows.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="frames">As above.</param>
    /// <param name="store">As above.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunFloat(in LayerArguments a, in Convolution2dShape shape, int frames, delegate*<in LayerArguments, int*, int, int, int, int, void> store)
    {
        float* sums = stackalloc float[StoredRows * Lanes];
        int bands = shape.Scratch.OutputBands;
        for (int first = a.FirstRow; first < a.EndRow; first += StoredRows)
        {
            int rows = Math.Min(StoredRows, a.EndRow - first);
            for (int panel = 0; panel < PanelLayout.Panels(shape.Channels); panel++)
            {
                for (int r = 0; r < rows; r++)
                {
                    int frame = (first + r) / bands * shape.Stride - shape.Padding, band = (first + r) % bands * shape.Stride - shape.Padding;
                    TIsa.Store(sums + r * Lanes, Window(a, shape, frames, frame, band, panel));
                }

                store(a, (int*)sums, first, rows, panel, 1);
            }
        }
    }

    private static TFloat Window(in LayerArguments a, in Convolution2dShape shape, int frames, int firstFrame, int firstBand, int panel)
    {
        float* w = (float*)a.Weights + (long)panel * shape.Taps * shape.Taps * Lanes;
        TFloat sum = TIsa.Broadcast(0f);
        for (int frame = firstFrame; frame < firstFrame + shape.Taps; frame++)
        {
            for (int band = firstBand; band < firstBand + shape.Taps; band++, w += Lanes)
            {
                if ((uint)frame < (uint)frames && (uint)band < (uint)shape.Bands)
                {
                    long row = (long)frame * shape.Bands + band;
                    TFloat x = shape.IsShared ? TIsa.Broadcast(a.Source[row]) : TIsa.Load(a.Source + row * shape.Channels + panel * Lanes);
                    sum = TIsa.MultiplyAdd(x, TIsa.Load(w), sum);
                }
            }
        }

        return sum;
    }

    // The frames that a frame of the result reads. Padding holds the zero point; what lies behind it belongs to rows of a tile that nobody stores.
    private static void LayOut(in LayerArguments a, in Convolution2dShape shape, int outputFrame, int frames, int channel, int* lines)
    {
        int positions = shape.Scratch.Positions;
        TInt zero = TIsa.BroadcastInt(a.InputZeroPoint), zeros = TIsa.BroadcastInt(a.InputZeroPoint * 0x10001);
        for (int line = 0; line < shape.Taps; line++, lines += positions * Lanes)
        {
            int frame = outputFrame * shape.Stride + line - shape.Padding, position = 0;
            if ((uint)frame < (uint)frames)
            {
                for (; position < shape.Padding - 1; position++)
                {
                    TIsa.StoreInt(lines + position * Lanes, zeros);
                }

                position = LayOutBands(a, shape, frame, channel, zero, lines);
                AddOutliers(a.InputOutliers, shape, frame, channel, lines);
            }

            for (; position < positions; position++)
            {
                TIsa.StoreInt(lines + position * Lanes, zeros);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int LayOutBands(in LayerArguments a, in Convolution2dShape shape, int frame, int channel, TInt zero, int* line)
    {
        byte* x = a.Input + (long)frame * shape.Bands * (shape.IsShared ? 1 : shape.Channels) + (shape.IsShared ? 0 : channel);
        TInt last = zero;
        int position = shape.Padding - 1;
        for (int band = 0; band < shape.Bands; band++, position++)
        {
            TInt next = shape.IsShared ? TIsa.BroadcastInt(*x) : TIsa.LoadBytes(x);
            x += shape.IsShared ? 1 : shape.Channels;
            if (position >= 0)
            {
                TIsa.StoreInt(line + position * Lanes, TIsa.OrBits(last, TIsa.ShiftLeft(next, 16)));
            }

            last = next;
        }

        TIsa.StoreInt(line + position * Lanes, TIsa.OrBits(last, TIsa.ShiftLeft(zero, 16)));
        return position + 1;
    }

    private static void AddOutliers(in OutlierList list, in Convolution2dShape shape, int frame, int channel, int* line)
    {
        if (list.Frames == 0)
        {
            return;
        }

        if (!shape.IsShared)
        {
            for (int band = 0; band < shape.Bands; band++)
            {
                DepthwiseConvolution<TIsa, TInt, TFloat>.AddOutliers(list, frame * shape.Bands + band, channel, band + shape.Padding, (short*)line);
            }

            return;
        }

        // Each band's is that of all channels.
        int listed = list.Count(frame);
        for (int i = 0; i < listed; i++)
        {
            int entry = list.Entry(frame, i);
            int place = OutlierList.Channel(entry) + shape.Padding;
            int* at = line + place * Lanes;
            int value = *(byte*)at + OutlierList.Value(entry);
            for (int lane = 0; lane < Lanes; lane++)
            {
                at[lane] = at[lane] & ~0xFFFF | value & 0xFFFF;
                if (place > 0)
                {
                    at[lane - Lanes] = at[lane - Lanes] & 0xFFFF | value << 16;
                }
            }
        }
    }

    // Groups of 16 channels × 4 taps as pairs of taps along bands, line by line.
    private static void Widen(byte* packed, int taps, int* weights)
    {
        int pairs = (taps + 1) / 2;
        for (int line = 0; line < taps; line++)
        {
            for (int tap = 0; tap < 2 * pairs; tap++)
            {
                int input = line * taps + tap;
                for (int lane = 0; lane < Lanes; lane++)
                {
                    short weight = tap < taps ? (sbyte)packed[PanelLayout.Index(lane, input, taps * taps)] : (short)0;
                    ((short*)weights)[(((long)line * pairs + tap / 2) * Lanes + lane) * 2 + tap % 2] = weight;
                }
            }
        }
    }
}
