using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate.Measures;

/// <summary>The class of an utterance, against a label: right or wrong. An answer of several classes has commas between them.</summary>
internal sealed class LabelMeasure(Classes classes) : Measure
{
    /// <inheritdoc/>
    public override MeasureKind Kind => MeasureKind.Labels;

    /// <inheritdoc/>
    public override bool TakesTranscripts => true;

    /// <inheritdoc/>
    public override ErrorRate Errors(string reference, string answer) => new(Same(reference, answer) ? 0 : 1, 0, 0, 1);

    /// <inheritdoc/>
    public override void Check(string data, IEnumerable<string> transcripts)
    {
        if (classes.Exclusive && !transcripts.Any(text => classes.Labels.Any(label => Same(text, label))))
        {
            throw new StableQuantException($"{data}: no transcript is a label of the model; its labels are {string.Join(", ", classes.Labels.Take(10))}{(classes.Labels.Count > 10 ? ", …" : "")}. Take labels for transcripts, or leave these out to measure against the float model.");
        }
    }

    /// <inheritdoc/>
    internal override string Answer(ReadOnlySpan<float> outputs) => string.Join(",", ClassDecision.Of(classes, outputs).Select(label => classes.Labels[label]));

    /// <inheritdoc/>
    internal override double Divergence(ReadOnlySpan<float> reference, ReadOnlySpan<float> outputs) => ClassDecision.Divergence(classes, reference, outputs);

    private static bool Same(string left, string right) => string.Equals(left.Trim(), right.Trim(), StringComparison.OrdinalIgnoreCase);
}
