using System.Globalization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate.Measures;

/// <summary>
/// The embedding of an utterance, by its cosine distance from the float model's, 0 … 2, in ten-thousandths: what a rate of errors is among words, the
/// mean distance is here. An answer has the embedding's numbers, with spaces between them.
/// </summary>
internal sealed class EmbeddingMeasure(int width) : Measure
{
    private const int Whole = 10_000;

    /// <inheritdoc/>
    public override MeasureKind Kind => MeasureKind.Embeddings;

    /// <inheritdoc/>
    public override int Items(ErrorRate errors) => errors.Length / Whole;

    /// <inheritdoc/>
    public override ErrorRate Errors(string reference, string answer) =>
        new((int)Math.Round((1 - CosineSimilarity.Of(Numbers(reference), Numbers(answer))) * Whole), 0, 0, Whole);

    /// <inheritdoc/>
    internal override string Answer(ReadOnlySpan<float> outputs)
    {
        var mean = new double[width];
        for (int i = 0; i < outputs.Length; i++)
        {
            mean[i % width] += outputs[i];
        }

        int frames = outputs.Length / width;
        return string.Join(' ', mean.Select(sum => ((float)(sum / frames)).ToString(CultureInfo.InvariantCulture)));
    }

    /// <inheritdoc/>
    internal override double Divergence(ReadOnlySpan<float> reference, ReadOnlySpan<float> outputs)
    {
        double sum = 0;
        for (int start = 0; start < reference.Length; start += width)
        {
            sum += 1 - CosineSimilarity.Of(reference.Slice(start, width), outputs.Slice(start, width));
        }

        return sum;
    }

    private static float[] Numbers(string answer) => [.. answer.Split(' ').Select(number => float.Parse(number, CultureInfo.InvariantCulture))];
}
