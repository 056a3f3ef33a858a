using StableQuant.Calibration.Import.Tensors;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>
/// Turns terms into operations where an operation must read them: a scalar or per-channel affine goes into the weights
/// before it, and what is only part of a pattern is an error that names the node where the pattern broke off.
/// </summary>
/// <param name="otherLengths">What is known of longer utterances.</param>
internal sealed class Settlement(IOtherLengths otherLengths)
{
    private SinusoidsTerm? sinusoids;
    private readonly SortedSet<string> notes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DistanceBiases> biases = new(StringComparer.Ordinal);

    private readonly Dictionary<Term, OperationTerm> settled = [];
    private readonly Dictionary<(OperationTerm Of, bool OverTime), MeanTerm> means = [];
    private readonly Dictionary<MeanTerm, CenteredTerm> centered = [];

    /// <summary>The operation that computes the term.</summary>
    public OperationTerm Settle(Term term)
    {
        if (term is OperationTerm operation)
        {
            return operation;
        }

        if (term is MeanTerm { OverTime: true } mean)
        {
            return settled.TryGetValue(mean, out OperationTerm? pooled) ? pooled : settled[mean] = new MeanPoolTerm(mean.Origin, mean.Of);
        }

        if (term is not FunctionTerm function)
        {
            throw new OperatorException($"{Describe(term)}, but what follows is not understood", term.Origin.Label);
        }

        if (settled.TryGetValue(function, out OperationTerm? done))
        {
            return done;
        }

        if (Pooled(function.Argument) is { } argument && ScalarFunction.IsAffine(function.Values, out double a, out double b))
        {
            double[] gain = new double[term.Columns], bias = new double[term.Columns];
            Array.Fill(gain, a);
            Array.Fill(bias, b);
            return settled[function] = Affine(function.Origin, argument, gain, bias)
                ?? throw new OperatorException($"scales the result of {argument.Origin.Label}, into which a scale cannot be folded; that is not supported", term.Origin.Label);
        }

        throw new OperatorException(
            $"ends an element-wise function that is not supported; {string.Join(", ", ActivationFunction.All.Select(f => f.Title))} are", term.Origin.Label);
    }

    // What a function of a mean is a function of: the mean of all frames is an operation.
    private OperationTerm? Pooled(Term term) => term as OperationTerm ?? (term is MeanTerm { OverTime: true } ? Settle(term) : null);

    /// <summary>The operation followed by y · gain + bias, channel by channel; null if it has no constants to fold that into.</summary>
    public static OperationTerm? Affine(Origin origin, OperationTerm operation, double[] gain, double[] bias) => operation switch
    {
        LinearTerm l => new LinearTerm(origin, l.Inputs[0], l.Weights.Then(gain, bias)),
        ConvolutionTerm c => new ConvolutionTerm(origin, c.Inputs[0], c.Weights.Then(gain, bias), c.Shape),
        Convolution2dTerm c => new Convolution2dTerm(origin, c.Inputs[0], c.Weights.Then(gain, bias), c.Shape),
        NormTerm n => new NormTerm(
            origin, n.Inputs[0], n.OverTime, n.Epsilon,
            [.. n.Gain.Select((g, c) => g * gain[c])], [.. n.Bias.Select((b, c) => b * gain[c] + bias[c])]),
        _ => null,
    };

    /// <summary>A term without its scalar factor, which the caller takes over; other functions are settled.</summary>
    public (OperationTerm Term, double Scale) Unscale(Term term) =>
        term is FunctionTerm { Argument: OperationTerm argument } function && ScalarFunction.IsAffine(function.Values, out double a, out double b) && b == 0
            ? (argument, a)
            : (Settle(term), 1);

    /// <summary>The mean of a term; one for all nodes that compute it, so that they can be told to be the same.</summary>
    public MeanTerm Mean(Origin origin, OperationTerm of, bool overTime) =>
        means.TryGetValue((of, overTime), out MeanTerm? mean) ? mean : means[(of, overTime)] = new MeanTerm(origin, of, overTime);

    /// <summary>A term less its mean; one for all nodes that compute it.</summary>
    public CenteredTerm Centered(Origin origin, MeanTerm mean) =>
        centered.TryGetValue(mean, out CenteredTerm? term) ? term : centered[mean] = new CenteredTerm(origin, mean);

    /// <summary>The sinusoids of a model; one for all its blocks.</summary>
    public SinusoidsTerm Sinusoids(Origin origin, OperationTerm input, float[] frequencies, bool isInBothDirections, bool isBFloat16) =>
        sinusoids is { } known && known.Frequencies.SequenceEqual(frequencies) && known.IsInBothDirections == isInBothDirections && known.IsBFloat16 == isBFloat16 ? known
        : sinusoids = new SinusoidsTerm(origin, input, frequencies, isInBothDirections, isBFloat16);

    /// <summary>What is read in another way than the file says, a sentence's end each, once.</summary>
    public IReadOnlyCollection<string> Notes => notes;

    /// <summary>Takes a note.</summary>
    public void Note(string text) => notes.Add(text);

    /// <summary>What is known of longer utterances.</summary>
    public IOtherLengths OtherLengths => otherLengths;

    /// <summary>The biases for distances that a value holds; worked out once for all blocks that share it.</summary>
    /// <param name="value">The value's name.</param>
    /// <param name="frames">The traced frames.</param>
    public DistanceBiases Biases(string value, int frames) =>
        biases.TryGetValue(value, out DistanceBiases? known) ? known : biases[value] = DistanceBiases.Of(value, frames, otherLengths);

    private static string Describe(Term term) => term switch
    {
        MeanTerm => "computes a mean, which a normalisation starts with",
        CenteredTerm => "subtracts a mean, which a normalisation starts with",
        VarianceTerm => "computes a variance, which a normalisation needs",
        ScoresTerm => "multiplies two values that depend on the audio, as an attention does for its scores",
        StackTerm => "joins values of several layers, as a weighted sum of them does",
        AffineTerm => "scales a function channel by channel, as a gate of positions (WavLM) does",
        PositionGateTerm or BiasTerm => "gates the positions of an attention (WavLM)",
        ExchangedTerm => "exchanges the halves of heads, as rotary positions do",
        TimedTerm => "multiplies a value with a constant that changes from frame to frame, as rotary positions do",
        DistancesTerm => "multiplies queries and positions, as an attention with scores for distances does",
        PositionScoresTerm => "multiplies queries and positions, as an attention with relative positions does",
        MaximumTerm => "computes the largest of an attention's scores",
        ProbabilitiesTerm => "makes probabilities, which the output of a speech model may be",
        SoftmaxTerm => "computes the softmax of an attention's scores",
        _ => "tests for values that are not a number",
    };
}
