using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Tensors;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>Biases of an attention's heads for each distance between query and key; what lies further away has the outermost one's.</summary>
/// <param name="Behind">The most frames behind the query that have one of their own.</param>
/// <param name="Ahead">The same ahead of it.</param>
/// <param name="Values">[heads][distances], from the furthest behind on.</param>
internal sealed record DistanceBiases(int Behind, int Ahead, float[][] Values)
{
    // Beyond what WavLM tells apart, and as much memory as one operator may take.
    private const int LongFrames = 1024;

    // Distances that must be alike in the end: more than the widest bucket of a model that goes on beyond them.
    private const int AlikeInTheEnd = 64;

    /// <summary>Finds them.</summary>
    /// <param name="value">The value that holds a bias for each head, query and key.</param>
    /// <param name="tracedFrames">Its traced frames.</param>
    /// <param name="lengths">Knows it at other lengths.</param>
    /// <exception cref="OperatorException">It does not depend on the distance alone, or never becomes the same.</exception>
    public static DistanceBiases Of(string value, int tracedFrames, IOtherLengths lengths)
    {
        float[] matrices = Conversions.Cast(lengths.At(value, tracedFrames, LongFrames), (long)DataType.Float).As<float>();
        const int Square = LongFrames * LongFrames, Last = LongFrames - 1;
        if (matrices.Length == 0 || matrices.Length % Square != 0)
        {
            throw new OperatorException("adds a bias for positions that does not grow with the utterance; export the model with a dynamic length");
        }

        var heads = new float[matrices.Length / Square][];
        for (int head = 0; head < heads.Length; head++)
        {
            ReadOnlySpan<float> matrix = matrices.AsSpan(head * Square, Square);
            heads[head] = [.. Enumerable.Range(-Last, LongFrames + Last).Select(distance => matrices[(head * Square) + (Math.Max(-distance, 0) * LongFrames) + Math.Max(distance, 0)])];
            for (int query = 0; query < LongFrames; query++)
            {
                if (!matrix.Slice(query * LongFrames, LongFrames).SequenceEqual(heads[head].AsSpan(Last - query, LongFrames)))
                {
                    throw new OperatorException("adds a bias for positions that does not depend on the distance between query and key alone; that is not supported");
                }
            }
        }

        int behind = Last, ahead = Last;
        while (behind > 0 && heads.All(h => h[Last - behind] == h[Last - behind + 1]))
        {
            behind--;
        }

        while (ahead > 0 && heads.All(h => h[Last + ahead] == h[Last + ahead - 1]))
        {
            ahead--;
        }

        return Math.Max(behind, ahead) + AlikeInTheEnd <= Last
            ? new DistanceBiases(behind, ahead, [.. heads.Select(h => h[(Last - behind)..(Last + ahead + 1)])])
            : throw new OperatorException($"adds a bias for positions that still tells {LongFrames} frames apart; that is not supported");
    }
}
