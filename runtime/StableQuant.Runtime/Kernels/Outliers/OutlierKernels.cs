using System.ComponentModel;
using System.Numerics;
using System.Runtime.CompilerServices;
using StableQuant.Kernels.Lanes;

namespace StableQuant.Kernels.Outliers;

/// <summary>Lists outliers while a value is quantized, and adds their products to a tile's sums.</summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class OutlierKernels<TIsa, TInt, TFloat>
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    private const int Lanes = 16;

    /// <summary>Adds the products of some rows' outliers to their sums.</summary>
    /// <param name="sums">The sums of the first row, 16 a panel, and of the rows behind it.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="panels">Panels of a row.</param>
    /// <param name="weights">The first panel of packed weights: for each tap its groups.</param>
    /// <param name="panelBytes">Bytes from one panel to the next.</param>
    /// <param name="products">The outliers that these rows read.</param>
    /// <remarks>The loop belongs to the caller: a call for nothing after each tile would take 2 % of a product's time.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Add(int* sums, int row, int rows, int panels, byte* weights, long panelBytes, in OutlierProducts products)
    {
        int* bounds = products.Bounds(row);
        for (int end = row + rows; row < end; row++, sums += panels * Lanes, bounds += products.Window.Stride)
        {
            if (bounds[0] != bounds[products.Window.Taps])
            {
                AddRow(sums, row, panels, weights, panelBytes, products);
            }
        }
    }

    /// <summary>Makes the sums of inputs with outliers of those over their low and their high bytes, see <see cref="OutlierPlanes"/>.</summary>
    /// <param name="sums">Over the low bytes, 16 a panel and row; receives the sums.</param>
    /// <param name="high">Over the high bytes.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="panels">Panels of a row.</param>
    /// <param name="weightSums">Σw of each output.</param>
    /// <param name="inputBias">See <see cref="IInstructions{TAccumulator, TWeights, TInput, TInt, TFloat}.InputBias"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Join(int* sums, int* high, int rows, int panels, int* weightSums, int inputBias)
    {
        // Σ(low − bias)w + 256 · Σ(high − bias)w, where Σ(low + 256 · high − 2^15 − bias)w is wanted. It may leave int32 on the way.
        TInt bias = TIsa.BroadcastInt((inputBias - 128) * 256);
        for (int row = 0; row < rows; row++)
        {
            for (int panel = 0; panel < panels; panel++, sums += Lanes, high += Lanes)
            {
                TInt correction = TIsa.MultiplyInt(TIsa.LoadInt(weightSums + panel * Lanes), bias);
                TIsa.StoreInt(sums, TIsa.AddInt(TIsa.LoadInt(sums), TIsa.AddInt(TIsa.ShiftLeft(TIsa.LoadInt(high), 8), correction)));
            }
        }
    }

    /// <summary>Lists what lies beyond 0 … 255 in some vectors of quantized values.</summary>
    /// <param name="vectors">The vectors, [rows][panels][16], as quantized without that limit.</param>
    /// <param name="count">How many, 64 at most.</param>
    /// <param name="panels">Vectors of a row.</param>
    /// <param name="row">Frame of the first row.</param>
    /// <param name="column">Channel of the first panel.</param>
    /// <param name="end">The channel behind the last one: a vector may be longer.</param>
    /// <param name="list">Where outliers go.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Append(int* vectors, int count, int panels, int row, int column, int end, in OutlierList list)
    {
        // vector / panels, of numbers below 64.
        uint inverse = 65536u / (uint)panels + 1;

        // Four vectors at a time, whose lanes' bits are one word: a branch for each vector would often be predicted wrong.
        int vector = 0;
        for (; vector + 4 <= count; vector += 4)
        {
            int* values = vectors + vector * Lanes;
            ulong beyond = TIsa.OutlierLanes(TIsa.LoadInt(values))
                | (ulong)TIsa.OutlierLanes(TIsa.LoadInt(values + Lanes)) << 16
                | (ulong)TIsa.OutlierLanes(TIsa.LoadInt(values + 2 * Lanes)) << 32
                | (ulong)TIsa.OutlierLanes(TIsa.LoadInt(values + 3 * Lanes)) << 48;
            Append(values, beyond, vector, inverse, panels, row, column, end, list);
        }

        for (; vector < count; vector++)
        {
            int* values = vectors + vector * Lanes;
            Append(values, TIsa.OutlierLanes(TIsa.LoadInt(values)), vector, inverse, panels, row, column, end, list);
        }
    }

    // Lists some lanes of the vectors from one on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Append(int* values, ulong lanes, int vector, uint inverse, int panels, int row, int column, int end, in OutlierList list)
    {
        for (; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            int at = vector + lane / Lanes;
            int r = (int)((uint)at * inverse >> 16);
            int channel = column + (at - r * panels) * Lanes + lane % Lanes;
            if (channel < end)
            {
                int value = values[lane];
                list.Add(row + r, channel, value < 0 ? value : value - byte.MaxValue);
            }
        }
    }

    // A row's sums stay in registers for all of its products: through memory each product would wait for the one before.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRow(int* sums, int row, int panels, byte* weights, long panelBytes, in OutlierProducts products)
    {
        OutlierProduct* first = products.Start(row);
        OutlierProduct* end = products.End(row);
        weights -= products.WeightsBefore(row);
        int panel = 0;
        for (; panel + 4 <= panels; panel += 4, sums += 4 * Lanes, weights += 4 * panelBytes)
        {
            TInt s0 = TIsa.LoadInt(sums), s1 = TIsa.LoadInt(sums + Lanes), s2 = TIsa.LoadInt(sums + 2 * Lanes), s3 = TIsa.LoadInt(sums + 3 * Lanes);
            for (OutlierProduct* product = first; product < end; product++)
            {
                TInt magnitudes = TIsa.BroadcastInt(product->Magnitudes), sign = TIsa.BroadcastInt(product->Sign);
                byte* own = weights + product->Weights;
                s0 = TIsa.AddGroup(s0, own, magnitudes, sign);
                s1 = TIsa.AddGroup(s1, own + panelBytes, magnitudes, sign);
                s2 = TIsa.AddGroup(s2, own + 2 * panelBytes, magnitudes, sign);
                s3 = TIsa.AddGroup(s3, own + 3 * panelBytes, magnitudes, sign);
            }

            TIsa.StoreInt(sums, s0);
            TIsa.StoreInt(sums + Lanes, s1);
            TIsa.StoreInt(sums + 2 * Lanes, s2);
            TIsa.StoreInt(sums + 3 * Lanes, s3);
        }

        for (; panel < panels; panel++, sums += Lanes, weights += panelBytes)
        {
            TInt s = TIsa.LoadInt(sums);
            for (OutlierProduct* product = first; product < end; product++)
            {
                s = TIsa.AddGroup(s, weights + product->Weights, TIsa.BroadcastInt(product->Magnitudes), TIsa.BroadcastInt(product->Sign));
            }

            TIsa.StoreInt(sums, s);
        }
    }
}
