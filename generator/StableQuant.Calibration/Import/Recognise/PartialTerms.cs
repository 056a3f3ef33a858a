using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>An element-wise function of one term, given by its values at <see cref="ScalarFunction.Probes"/>.</summary>
internal sealed class FunctionTerm(Origin origin, Term argument, double[] values) : Term(origin, argument.Rows, argument.Columns)
{
    public Term Argument { get; } = argument;

    public double[] Values { get; } = values;
}

/// <summary>The mean of each row, or over time of each column.</summary>
internal sealed class MeanTerm(Origin origin, OperationTerm of, bool overTime)
    : Term(origin, overTime ? 1 : of.Rows, overTime ? of.Columns : 1)
{
    public OperationTerm Of { get; } = of;

    public bool OverTime { get; } = overTime;
}

/// <summary>A value less its mean.</summary>
internal sealed class CenteredTerm(Origin origin, MeanTerm mean) : Term(origin, mean.Of.Rows, mean.Of.Columns)
{
    public OperationTerm Of { get; } = mean.Of;

    public bool OverTime { get; } = mean.OverTime;
}

/// <summary>The biased variance of each row, or over time of each column.</summary>
internal sealed class VarianceTerm(Origin origin, CenteredTerm centered)
    : Term(origin, centered.OverTime ? 1 : centered.Rows, centered.OverTime ? centered.Columns : 1)
{
    public OperationTerm Of { get; } = centered.Of;

    public bool OverTime { get; } = centered.OverTime;
}

/// <summary>Values of several layers one behind the other, each with a factor: what a weighted sum of layers is taken of.</summary>
internal sealed class StackTerm(Origin origin, IReadOnlyList<OperationTerm> layers, IReadOnlyList<double> factors)
    : Term(origin, layers.Count * layers[0].Rows, layers[0].Columns)
{
    public IReadOnlyList<OperationTerm> Layers { get; } = layers;

    public IReadOnlyList<double> Factors { get; } = factors;
}

/// <summary>A function's results, channel by channel with a gain and an offset.</summary>
internal sealed class AffineTerm(Origin origin, FunctionTerm of, double[] gain, double[] offset) : Term(origin, of.Rows, of.Columns)
{
    public FunctionTerm Of { get; } = of;

    public double[] Gain { get; } = gain;

    public double[] Offset { get; } = offset;
}

/// <summary>σ(a) · (σ(b) · gain − 1): a column for each head.</summary>
internal sealed class PositionGateTerm(Origin origin, LinearTerm first, LinearTerm second, double[] gains) : Term(origin, first.Rows, first.Columns)
{
    /// <summary>The layer that makes each head's a, then each head's b.</summary>
    public LinearTerm Both { get; } = new(first.Origin, first.Inputs[0], first.Weights.Followed(second.Weights));

    public double[] Gains { get; } = gains;
}

/// <summary>Gated biases for distances: a row for each head and query, a column for each key.</summary>
internal sealed class BiasTerm(Origin origin, PositionGateTerm gate, DistanceBiases biases) : Term(origin, gate.Columns * gate.Rows, gate.Rows)
{
    public PositionGateTerm Gate { get; } = gate;

    public DistanceBiases Biases { get; } = biases;
}

/// <summary>Products of queries with the positions of all distances: a row for each head and query.</summary>
internal sealed class PositionScoresTerm(Origin origin, LinearTerm query, string positions, int heads, double scale)
    : Term(origin, heads * query.Rows, (2 * query.Rows) - 1)
{
    public LinearTerm Query { get; } = query;

    /// <summary>The name of the value that holds the positions [heads, head size, distances].</summary>
    public string Positions { get; } = positions;

    public int Heads { get; } = heads;

    public double Scale { get; } = scale;
}

/// <summary>Products of queries with positions, each where its distance is, and a bias for distances: a row for each head and query, a column for each key.</summary>
internal sealed class PositionsTerm(Origin origin, LinearTerm position, LinearTerm bias, int heads) : Term(origin, heads * position.Rows / 2, position.Rows / 2)
{
    public LinearTerm Position { get; } = position;

    public LinearTerm Bias { get; } = bias;
}

/// <summary>
/// Scores of queries for distances, each where query and key are so far apart: a row for each head and query, a column for each key. A layer makes
/// those of each query, [frames, heads × (behind + 1 + ahead)].
/// </summary>
internal sealed class DistancesTerm(Origin origin, ConvolutionTerm scores, int behind, int ahead) : Term(origin, scores.Columns / (behind + 1 + ahead) * scores.Rows, scores.Rows)
{
    public ConvolutionTerm Scores { get; } = scores;

    public int Behind { get; } = behind;

    public int Ahead { get; } = ahead;

    /// <summary>These scores times a factor.</summary>
    public DistancesTerm Scaled(double factor)
    {
        double[] each = [.. Enumerable.Repeat(factor, Scores.Columns)];
        return new(Origin, new ConvolutionTerm(Scores.Origin, Scores.Inputs[0], Scores.Weights.Then(each, new double[each.Length]), Scores.Shape), Behind, Ahead);
    }
}

/// <summary>A value whose heads have their halves exchanged, the first one, which was the second, with the other sign.</summary>
internal sealed class ExchangedTerm(Origin origin, OperationTerm of, int half) : Term(origin, of.Rows, of.Columns)
{
    public OperationTerm Of { get; } = of;

    public int Half { get; } = half;
}

/// <summary>A value, each number times one that depends on frame and channel.</summary>
internal sealed class TimedTerm(Origin origin, Term of, string factors, float[] traced) : Term(origin, of.Rows, of.Columns)
{
    public Term Of { get; } = of;

    /// <summary>The name of the value that holds the factors.</summary>
    public string Factors { get; } = factors;

    /// <summary>What they are in the trace [frames, channels].</summary>
    public float[] Traced { get; } = traced;
}

/// <summary>Scores of an attention, scale · q·kᵀ, and what is added to them: a row for each head and query, a column for each key.</summary>
internal sealed class ScoresTerm(Origin origin, OperationTerm query, OperationTerm key, int heads, double scale, BiasTerm? bias = null, PositionsTerm? positions = null, DistancesTerm? distances = null)
    : Term(origin, heads * query.Rows, key.Rows)
{
    public OperationTerm Query { get; } = query;

    public OperationTerm Key { get; } = key;

    public int Heads { get; } = heads;

    public double Scale { get; } = scale;

    public BiasTerm? Bias { get; } = bias;

    public PositionsTerm? Positions { get; } = positions;

    public DistancesTerm? Distances { get; } = distances;

    /// <summary>What an attention reads beside queries, keys and values.</summary>
    public OperationTerm[] More =>
        Bias is not null ? [Bias.Gate.Both] : Positions is not null ? [Positions.Position, Positions.Bias] : Distances is not null ? [Distances.Scores] : [];

    /// <summary>These scores times a factor.</summary>
    public ScoresTerm Scaled(double factor) => factor == 1 || More.Length == 0 ? new(Origin, Query, Key, Heads, Scale * factor, Bias, Positions, Distances)
        : throw new OperatorException("scales the scores of an attention behind a bias for positions; that is not supported");

    /// <summary>These scores with a bias.</summary>
    public ScoresTerm With(BiasTerm bias) => More.Length == 0 && bias.Rows == Rows && bias.Columns == Columns ? new(Origin, Query, Key, Heads, Scale, bias)
        : throw new OperatorException("adds a second bias, or one of another shape, to the scores of an attention; that is not supported");

    /// <summary>These scores with those of queries for distances.</summary>
    public ScoresTerm With(DistancesTerm distances) => More.Length == 0 && distances.Scores.Inputs[0] == Query && distances.Rows == Rows && distances.Columns == Columns
        ? new(Origin, Query, Key, Heads, Scale, distances: distances)
        : throw new OperatorException("adds scores for distances to the scores of an attention that are of other queries, or have positions already; that is not supported");
}

/// <summary>The largest score of each query. Less this, the softmax of the scores is the same.</summary>
internal sealed class MaximumTerm(Origin origin, Term of) : Term(origin, of.Rows, 1)
{
    public Term Of { get; } = of;
}

/// <summary>The softmax of scores over the keys.</summary>
internal sealed class SoftmaxTerm(Origin origin, ScoresTerm scores) : Term(origin, scores.Rows, scores.Columns)
{
    public ScoresTerm Scores { get; } = scores;
}

/// <summary>Probabilities of each row's columns, or their logarithms.</summary>
internal sealed class ProbabilitiesTerm(Origin origin, OperationTerm of, bool isLog) : Term(origin, of.Rows, of.Columns)
{
    public OperationTerm Of { get; } = of;

    public bool IsLog { get; } = isLog;
}

/// <summary>Where a softmax is not a number: nowhere, since no row is masked altogether.</summary>
internal sealed class NanTestTerm(Origin origin, SoftmaxTerm of) : Term(origin, of.Rows, of.Columns)
{
    public SoftmaxTerm Of { get; } = of;
}
