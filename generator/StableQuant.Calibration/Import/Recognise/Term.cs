using StableQuant.Calibration.Import.Tensors;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>Where a term comes from.</summary>
/// <param name="Node">The ONNX node's name.</param>
/// <param name="Label">The ONNX node as messages name it.</param>
/// <param name="Value">The ONNX value that holds the term's numbers.</param>
internal sealed record Origin(string Node, string Label, string Value);

/// <summary>
/// One step of the computation on the samples, as far as it is understood: a matrix [rows, columns], frames by channels
/// (attention scores: heads × queries by keys). Terms compare by identity.
/// </summary>
internal abstract class Term(Origin origin, int rows, int columns)
{
    /// <summary>Where the term comes from.</summary>
    public Origin Origin { get; } = origin;

    /// <summary>Number of rows.</summary>
    public int Rows { get; } = rows;

    /// <summary>Number of columns.</summary>
    public int Columns { get; } = columns;
}

/// <summary>A term that becomes an operation of the graph (or is its audio).</summary>
internal abstract class OperationTerm(Origin origin, int rows, int columns, params OperationTerm[] inputs) : Term(origin, rows, columns)
{
    // Terms are walked recursively in places; the deepest speech encoders stay far below this.
    private const int MaxDepth = 4096;

    /// <summary>The terms read, in the operation's order.</summary>
    public IReadOnlyList<OperationTerm> Inputs { get; } = inputs;

    /// <summary>Most operations between the audio and this one.</summary>
    public int Depth { get; } = inputs.Length == 0 ? 0
        : inputs.Max(i => i.Depth) + 1 is var depth and <= MaxDepth ? depth
        : throw new OperatorException("nests too many operations, more than any speech model has");
}

/// <summary>What the graph reads: the samples, one column, or features, a column for each channel.</summary>
internal sealed class InputTerm(Origin origin, string value, int rows, int columns) : OperationTerm(origin, rows, columns)
{
    /// <summary>The name of the value in the description.</summary>
    public string Value { get; } = value;
}

/// <summary>A convolution over rows.</summary>
internal sealed class ConvolutionTerm(Origin origin, OperationTerm input, ProductWeights weights, ConvolutionShape shape)
    : OperationTerm(origin, shape.Rows(input.Rows), weights.Outputs, input)
{
    public ProductWeights Weights { get; } = weights;

    public ConvolutionShape Shape { get; } = shape;
}

/// <summary>The numbers that say how a convolution walks.</summary>
internal sealed record ConvolutionShape(int Kernel, int Stride, int PadLeft, int PadRight, int Groups)
{
    /// <summary>Rows made of <paramref name="rows"/> rows; below 1 if there are too few.</summary>
    public int Rows(int rows) => PadLeft + rows + PadRight < Kernel ? 0 : (PadLeft + rows + PadRight - Kernel) / Stride + 1;

    /// <summary>
    /// The least padding on the right by which this shape makes as many rows of some rows as it does, and of others as many as another does of those, all
    /// else being the same; null if there is none. What pads less than one more stride makes the same rows.
    /// </summary>
    public int? CommonPadding(int rows, ConvolutionShape other, int otherRows)
    {
        (int least, int otherLeast) = (LeastPadding(rows), other.LeastPadding(otherRows));
        return this == other with { PadRight = PadRight } && Math.Abs(least - otherLeast) < Stride ? Math.Max(Math.Max(least, otherLeast), 0) : null;
    }

    // Below 0 where real rows are left over.
    private int LeastPadding(int rows) => (Rows(rows) - 1) * Stride + Kernel - PadLeft - rows;
}

/// <summary>A convolution over time and bands: a row for each frame and band.</summary>
internal sealed class Convolution2dTerm(Origin origin, OperationTerm input, ProductWeights weights, Convolution2dShape shape)
    : OperationTerm(origin, shape.Frames(input.Rows * input.Columns / shape.InputChannels / shape.InputBands) * shape.Bands(shape.InputBands), weights.Outputs, input)
{
    public ProductWeights Weights { get; } = weights;

    public Convolution2dShape Shape { get; } = shape;
}

/// <summary>The numbers that say how such a convolution walks, alike along time and bands.</summary>
internal sealed record Convolution2dShape(int InputBands, int InputChannels, int Kernel, int Stride, int Padding)
{
    /// <summary>Frames made of so many.</summary>
    public int Frames(int frames) => frames + (2 * Padding) < Kernel ? 0 : ((frames + (2 * Padding) - Kernel) / Stride) + 1;

    /// <summary>Bands made of so many.</summary>
    public int Bands(int bands) => Frames(bands);
}

/// <summary>A matrix product with constant weights.</summary>
internal sealed class LinearTerm(Origin origin, OperationTerm input, ProductWeights weights)
    : OperationTerm(origin, input.Rows, weights.Outputs, input)
{
    public ProductWeights Weights { get; } = weights;
}

/// <summary>A normalisation of each row (layer norm) or, over time, of each column (group norm), with gain and bias.</summary>
internal sealed class NormTerm(Origin origin, OperationTerm input, bool overTime, float epsilon, double[] gain, double[] bias)
    : OperationTerm(origin, input.Rows, input.Columns, input)
{
    public bool OverTime { get; } = overTime;

    public float Epsilon { get; } = epsilon;

    public double[] Gain { get; } = gain;

    public double[] Bias { get; } = bias;
}

/// <summary>An activation function.</summary>
internal sealed class ActivationTerm(Origin origin, OperationTerm input, ActivationFunction function) : OperationTerm(origin, input.Rows, input.Columns, input)
{
    public ActivationFunction Function { get; } = function;
}

/// <summary>A gated linear unit: the first half of the columns, each times the sigmoid of its partner in the second half.</summary>
internal sealed class GateTerm(Origin origin, OperationTerm input) : OperationTerm(origin, input.Rows, input.Columns / 2, input);

/// <summary>The mean of so many rows at a time.</summary>
internal sealed class PoolTerm(Origin origin, OperationTerm input, int frames) : OperationTerm(origin, input.Rows / frames, input.Columns, input)
{
    public int Frames { get; } = frames;
}

/// <summary>The mean of all rows: one.</summary>
internal sealed class MeanPoolTerm(Origin origin, OperationTerm input) : OperationTerm(origin, 1, input.Columns, input);

/// <summary>The mean of all rows, and their standard deviation: one row of twice the columns.</summary>
internal sealed class StatisticsPoolTerm(Origin origin, OperationTerm input) : OperationTerm(origin, 1, 2 * input.Columns, input);

/// <summary>A value times a constant.</summary>
internal sealed class ScaleTerm(Origin origin, OperationTerm input, float factor) : OperationTerm(origin, input.Rows, input.Columns, input)
{
    public float Factor { get; } = factor;
}

/// <summary>Each row as several of fewer columns, and zeros behind them: as many as another term has.</summary>
internal sealed class UpsampleTerm(Origin origin, OperationTerm input, OperationTerm like, int factor) : OperationTerm(origin, like.Rows, input.Columns / factor, input, like)
{
    public int Factor { get; } = factor;
}

/// <summary>A residual connection; the operand nearer to the audio comes first, whatever order the exporter chose.</summary>
internal sealed class SumTerm(Origin origin, OperationTerm left, OperationTerm right)
    : OperationTerm(origin, left.Rows, left.Columns, left.Depth <= right.Depth ? [left, right] : [right, left]);

/// <summary>Sines and cosines of the time, in as many frames as another term has; in both directions each frame is two rows.</summary>
internal sealed class SinusoidsTerm(Origin origin, OperationTerm input, float[] frequencies, bool isInBothDirections, bool isBFloat16)
    : OperationTerm(origin, (isInBothDirections ? 2 : 1) * input.Rows, 2 * frequencies.Length, input)
{
    public float[] Frequencies { get; } = frequencies;

    public bool IsInBothDirections { get; } = isInBothDirections;

    public bool IsBFloat16 { get; } = isBFloat16;
}

/// <summary>A value whose heads' halves are turned by the angles of sinusoids, which are as wide as a head.</summary>
internal sealed class RotaryTerm(Origin origin, OperationTerm input, SinusoidsTerm waves) : OperationTerm(origin, input.Rows, input.Columns, input, waves)
{
    public int Heads { get; } = input.Columns / waves.Columns;
}

/// <summary>Multi-head attention.</summary>
internal sealed class AttentionTerm(Origin origin, ScoresTerm scores, OperationTerm value)
    : OperationTerm(origin, value.Rows, value.Columns, [scores.Query, scores.Key, value, .. scores.More])
{
    public int Heads { get; } = scores.Heads;

    public float Scale { get; } = (float)scores.Scale;

    public BiasTerm? Bias { get; } = scores.Bias;

    public PositionsTerm? Positions { get; } = scores.Positions;

    public DistancesTerm? Distances { get; } = scores.Distances;
}
