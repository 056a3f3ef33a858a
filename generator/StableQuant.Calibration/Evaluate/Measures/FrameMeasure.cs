using System.Globalization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate.Measures;

/// <summary>The classes of each frame, against the float model's. An answer has the indices of a frame's classes, + between them, and a space behind a frame.</summary>
internal sealed class FrameMeasure(Classes classes) : Measure
{
    /// <inheritdoc/>
    public override MeasureKind Kind => MeasureKind.Frames;

    /// <inheritdoc/>
    public override ErrorRate Errors(string reference, string answer)
    {
        (string[] right, string[] given) = (reference.Split(' '), answer.Split(' '));
        int wrong = right.Zip(given).Count(frame => frame.First != frame.Second) + Math.Abs(right.Length - given.Length);
        return new(wrong, 0, 0, right.Length);
    }

    /// <inheritdoc/>
    internal override string Answer(ReadOnlySpan<float> outputs)
    {
        var frames = new List<string>();
        for (; outputs.Length > 0; outputs = outputs[classes.Labels.Count..])
        {
            frames.Add(string.Join('+', ClassDecision.Of(classes, outputs[..classes.Labels.Count]).Select(i => i.ToString(CultureInfo.InvariantCulture)).DefaultIfEmpty("-")));
        }

        return string.Join(' ', frames);
    }

    /// <inheritdoc/>
    internal override double Divergence(ReadOnlySpan<float> reference, ReadOnlySpan<float> outputs) => ClassDecision.Divergence(classes, reference, outputs);
}
