using System.ComponentModel;
using StableQuant.Kernels.Outliers;

namespace StableQuant.Kernels.Layers;

/// <summary>What an attention layer hands to its kernel.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public unsafe struct AttentionArguments
{
    /// <summary>Number of frames.</summary>
    public int Frames;

    /// <summary>Queries [frames, channels], u8; all three in float32, where the kernel is.</summary>
    public byte* Query;

    /// <summary>Zero point of the queries.</summary>
    public int QueryZeroPoint;

    /// <summary>Keys [frames, channels], s8.</summary>
    public byte* Key;

    /// <summary>Values [frames, channels], s8.</summary>
    public byte* Value;

    /// <summary>Factor on q·kᵀ before the softmax: the attention's own, in int8 × query scale × key scale.</summary>
    public float ScoreMultiplier;

    /// <summary>Scale of the values.</summary>
    public float ValueScale;

    /// <summary>Working memory: one head's packed keys.</summary>
    public byte* KeyPanels;

    /// <summary>Working memory: Σ of each key.</summary>
    public int* KeySums;

    /// <summary>Working memory: one head's packed values.</summary>
    public byte* ValuePanels;

    /// <summary>Working memory: Σ of each channel of the values.</summary>
    public int* ValueSums;

    /// <summary>Working memory: the scores of a block of queries.</summary>
    public float* Scores;

    /// <summary>Working memory: their probabilities, u8, on a grid of their own row; in float32 they replace the scores.</summary>
    public byte* Probabilities;

    /// <summary>What gates are made of [frames, 2 × heads]: each head's a, then each head's b.</summary>
    public float* Gate;

    /// <summary>Each head's gain of its gate.</summary>
    public float* GateGains;

    /// <summary>Each head's bias for each distance from the furthest behind to the furthest ahead, each head's row padded to a multiple of 16.</summary>
    public float* DistanceBiases;

    /// <summary>The most frames behind the query that have a bias of their own.</summary>
    public int Behind;

    /// <summary>The same ahead of it.</summary>
    public int Ahead;

    /// <summary>Each query's scores for distances, as <c>relative-key-attention</c> has them: [frames, heads × (behind + 1 + ahead)].</summary>
    public float* Distances;

    /// <summary>Positions [frames, 2 × channels], s8, as <c>relative-attention</c> has them: of keys behind the query, then of keys ahead of it.</summary>
    public byte* Position;

    /// <summary>Their biases [frames, 2 × heads].</summary>
    public float* PositionBias;

    /// <summary>Factor on products of queries and positions, in int8; in float32 it is that of the scores.</summary>
    public float PositionMultiplier;

    /// <summary>Working memory: each head's packed positions, from the furthest behind to the furthest ahead.</summary>
    public byte* PositionPanels;

    /// <summary>Working memory: Σ of each position.</summary>
    public int* PositionSums;

    /// <summary>Working memory: products of a block of queries with positions.</summary>
    public float* PositionScores;

    /// <summary>Working memory: for each head a bias for each distance of the utterance.</summary>
    public float* Biases;

    /// <summary>Working memory: for each head each query's gate.</summary>
    public float* Gates;

    /// <summary>The float32 result [frames, channels].</summary>
    public float* Output;

    /// <summary>The quantized result [frames, channels].</summary>
    public byte* Quantized;

    /// <summary>1/scale of the quantized result.</summary>
    public float InverseScale;

    /// <summary>Zero point of the quantized result.</summary>
    public int ZeroPoint;

    /// <summary>The largest integer, in magnitude, that the quantized result keeps.</summary>
    public int Limit;

    /// <summary>Where the quantized result keeps what lies beyond its grid.</summary>
    public OutlierList Outliers;
}
