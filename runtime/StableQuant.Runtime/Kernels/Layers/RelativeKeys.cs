using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Kernels.Lanes;

namespace StableQuant.Kernels.Layers;

/// <summary>What an attention's scores get where queries have a score of their own for each distance: that of the distance to the key.</summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class RelativeKeys<TIsa, TInt, TFloat>
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    private const int Lanes = 16;

    /// <summary>scores[row][key] becomes scores[row][key] + distances[row][clamp(key − row, −behind, ahead)].</summary>
    /// <param name="a">The attention.</param>
    /// <param name="head">The head.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="start">The first query.</param>
    /// <param name="rows">Number of queries.</param>
    /// <param name="scores">Their scores, each row up to the next multiple of 16, which is overwritten, too.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(in AttentionArguments a, int head, int heads, int start, int rows, float* scores)
    {
        int padded = (a.Frames + Lanes - 1) & -Lanes;
        int last = a.Behind + a.Ahead;
        for (int query = start; query < start + rows; query++, scores += padded)
        {
            float* own = a.Distances + ((long)query * heads + head) * (last + 1);
            TFloat furthestBehind = TIsa.Broadcast(own[0]);
            TFloat furthestAhead = TIsa.Broadcast(own[last]);
            for (int key = 0; key < padded; key += Lanes)
            {
                // The distance of the first of these keys, counted from the furthest behind that is told apart.
                int distance = key - query + a.Behind;
                if (distance + Lanes - 1 <= 0)
                {
                    TIsa.Store(scores + key, TIsa.Add(TIsa.Load(scores + key), furthestBehind));
                }
                else if (distance >= last)
                {
                    TIsa.Store(scores + key, TIsa.Add(TIsa.Load(scores + key), furthestAhead));
                }
                else if (distance >= 0 && distance + Lanes - 1 <= last)
                {
                    TIsa.Store(scores + key, TIsa.Add(TIsa.Load(scores + key), TIsa.Load(own + distance)));
                }
                else
                {
                    for (int lane = 0; lane < Lanes; lane++)
                    {
                        scores[key + lane] += own[Math.Clamp(distance + lane, 0, last)];
                    }
                }
            }
        }
    }
}
