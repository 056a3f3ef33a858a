using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Kernels.Lanes;
using StableQuant.Layout;

namespace StableQuant.Kernels.Layers;

/// <summary>
/// The gated bias that an attention's scores get for the distance between query and key. It depends on the distance alone, so that a head has
/// 2 · frames − 1 of them and not a matrix.
/// </summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class RelativeBias<TIsa, TInt, TFloat>
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    private const int Lanes = 16;

    /// <summary>Lays out a head's biases for an utterance: for the distances −(frames − 1), … from the first place on.</summary>
    /// <param name="a">The attention.</param>
    /// <param name="head">The head.</param>
    /// <param name="biases">Receives twice as many as there are frames, with those missing to a multiple of 16.</param>
    public static void Spread(in AttentionArguments a, int head, float* biases)
    {
        int padded = (a.Frames + Lanes - 1) & -Lanes;
        var own = new ReadOnlySpan<float>(a.DistanceBiases + (long)head * PanelLayout.Padded(a.Behind + 1 + a.Ahead), a.Behind + 1 + a.Ahead);
        var spread = new Span<float>(biases, 2 * padded);

        // Beyond the furthest distance behind, and ahead, all have the bias of that.
        int behind = Math.Max(a.Frames - 1 - a.Behind, 0);
        int skipped = Math.Max(a.Behind - (a.Frames - 1), 0);
        spread[..behind].Fill(own[0]);
        int count = Math.Min(own.Length - skipped, spread.Length - behind);
        own.Slice(skipped, count).CopyTo(spread[behind..]);
        spread[(behind + count)..].Fill(own[^1]);
    }

    /// <summary>A head's gates, σ(a) · (σ(b) · gain − 1) + 2.</summary>
    /// <param name="a">The attention.</param>
    /// <param name="head">The head.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="gates">Receives one a frame, and more up to the next multiple of 16.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gates(in AttentionArguments a, int head, int heads, float* gates)
    {
        float* first = stackalloc float[2 * Lanes];
        float* second = first + Lanes;
        TFloat gain = TIsa.Broadcast(a.GateGains[head]);
        for (int frame = 0; frame < a.Frames; frame += Lanes)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                float* row = a.Gate + (long)Math.Min(frame + lane, a.Frames - 1) * 2 * heads;
                first[lane] = row[head];
                second[lane] = row[heads + head];
            }

            TFloat inner = TIsa.MultiplyAdd(Sigmoid(TIsa.Load(second)), gain, TIsa.Broadcast(-1f));
            TIsa.Store(gates + frame, TIsa.MultiplyAdd(Sigmoid(TIsa.Load(first)), inner, TIsa.Broadcast(2f)));
        }
    }

    /// <summary>scores[row][key] becomes gate[row] · bias[key − row] + scores[row][key].</summary>
    /// <param name="scores">Scores of some queries, each row up to the next multiple of 16, which is overwritten, too.</param>
    /// <param name="start">The first query.</param>
    /// <param name="rows">Number of queries.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="biases">The head's biases, see <see cref="Spread"/>.</param>
    /// <param name="gates">The head's gates.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* scores, int start, int rows, int frames, float* biases, float* gates)
    {
        int padded = (frames + Lanes - 1) & -Lanes;
        for (int row = 0; row < rows; row++, scores += padded)
        {
            TFloat gate = TIsa.Broadcast(gates[start + row]);
            float* own = biases + (frames - 1 - (start + row));
            for (int key = 0; key < padded; key += Lanes)
            {
                TIsa.Store(scores + key, TIsa.MultiplyAdd(gate, TIsa.Load(own + key), TIsa.Load(scores + key)));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat Sigmoid(TFloat x) => Elementary<TIsa, TInt, TFloat>.Gated(TIsa.Broadcast(1f), x);
}
