using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Kernels.Lanes;

namespace StableQuant.Kernels.Layers;

/// <summary>What an attention's scores get of products with positions: of each query those of the distances to all keys, which lie side by side.</summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class RelativePositions<TIsa, TInt, TFloat>
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    private const int Lanes = 16;

    /// <summary>Lays out a head's biases from that of the furthest key behind to that of the furthest ahead.</summary>
    /// <param name="a">The attention.</param>
    /// <param name="head">The head.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="biases">Receives twice as many as there are frames, with those missing to a multiple of 16.</param>
    public static void Spread(in AttentionArguments a, int head, int heads, float* biases)
    {
        int padded = (a.Frames + Lanes - 1) & -Lanes;
        for (int i = 0; i < 2 * padded; i++)
        {
            int distance = Math.Min(i - (a.Frames - 1), a.Frames - 1);
            biases[i] = a.PositionBias[(long)Math.Abs(distance) * 2 * heads + head + (distance > 0 ? heads : 0)];
        }
    }

    /// <summary>scores[row][key] becomes (scores[row][key] + products[row][key − row]) + biases[key − row].</summary>
    /// <param name="scores">Scores of some queries, each row up to the next multiple of 16, which is overwritten, too.</param>
    /// <param name="rows">Number of queries.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="products">The first query's product with the position of the furthest key behind it.</param>
    /// <param name="stride">Floats from one query's products to the next one's of the same distance.</param>
    /// <param name="biases">The bias of the furthest key behind the first query.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* scores, int rows, int frames, float* products, int stride, float* biases)
    {
        int padded = (frames + Lanes - 1) & -Lanes;
        for (int row = 0; row < rows; row++, scores += padded, products += stride - 1, biases--)
        {
            for (int key = 0; key < padded; key += Lanes)
            {
                TFloat score = TIsa.Add(TIsa.Load(scores + key), TIsa.Load(products + key));
                TIsa.Store(scores + key, TIsa.Add(score, TIsa.Load(biases + key)));
            }
        }
    }
}
