using System.Numerics.Tensors;
using StableQuant.Graph;

namespace StableQuant.Calibration.Float;

/// <summary>Multi-head attention.</summary>
internal static class ReferenceAttention
{
    /// <summary>softmax(scale · q·kᵀ)·v, head by head and query by query.</summary>
    public static Matrix Run(Attention attention, Matrix query, Matrix key, Matrix value) => Run(attention, query, key, value, null);

    /// <summary>The same with a gated bias for distances.</summary>
    public static Matrix Run(BiasedAttention attention, Matrix query, Matrix key, Matrix value, Matrix gate, FloatParameters parameters) =>
        Run(attention, query, key, value, (head, frame, scores) => AddBiases(attention, head, frame, gate, parameters, scores));

    /// <summary>The same with products of queries and positions.</summary>
    public static Matrix Run(RelativeAttention attention, Matrix query, Matrix key, Matrix value, Matrix position, Matrix bias) =>
        Run(attention, query, key, value, (head, frame, scores) => AddPositions(attention, head, frame, query, position, bias, scores));

    /// <summary>The same with each query's scores for distances.</summary>
    public static Matrix Run(RelativeKeyAttention attention, Matrix query, Matrix key, Matrix value, Matrix distances) =>
        Run(attention, query, key, value, (head, frame, scores) => AddDistances(attention, head, frame, distances, scores));

    private static Matrix Run(Attention attention, Matrix query, Matrix key, Matrix value, Action<int, int, float[]>? adjust)
    {
        int frames = query.Rows, size = attention.HeadSize;
        Matrix result = new(frames, query.Columns);
        Parallel.For(0, attention.Heads * frames, index =>
        {
            int start = index / frames * size, frame = index % frames;
            float[] scores = new float[frames];
            ReadOnlySpan<float> own = query.Row(frame).Slice(start, size);
            for (int other = 0; other < frames; other++)
            {
                scores[other] = attention.Scale * TensorPrimitives.Dot(own, key.Row(other).Slice(start, size));
            }

            adjust?.Invoke(index / frames, frame, scores);

            // Less the largest score, so that the exponential cannot overflow.
            TensorPrimitives.Subtract(scores, TensorPrimitives.Max<float>(scores), scores);
            TensorPrimitives.SoftMax(scores, scores);
            Span<float> sum = result.Row(frame).Slice(start, size);
            for (int other = 0; other < frames; other++)
            {
                TensorPrimitives.MultiplyAdd(value.Row(other).Slice(start, size), scores[other], sum, sum);
            }
        });
        return result;
    }

    private static void AddBiases(BiasedAttention attention, int head, int frame, Matrix gate, FloatParameters parameters, float[] scores)
    {
        ReadOnlySpan<float> biases = parameters.Weight.AsSpan(head * attention.Distances, attention.Distances);
        double inner = Sigmoid(gate.Row(frame)[attention.Heads + head]) * parameters.Bias![head] - 1;
        float factor = (float)(Sigmoid(gate.Row(frame)[head]) * inner + 2);
        for (int other = 0; other < scores.Length; other++)
        {
            scores[other] += factor * biases[Math.Clamp(other - frame, -attention.Behind, attention.Ahead) + attention.Behind];
        }
    }

    private static void AddPositions(RelativeAttention attention, int head, int frame, Matrix query, Matrix position, Matrix bias, float[] scores)
    {
        int size = attention.HeadSize, start = head * size;
        ReadOnlySpan<float> own = query.Row(frame).Slice(start, size);
        for (int other = 0; other < scores.Length; other++)
        {
            int row = (2 * Math.Abs(other - frame)) + (other > frame ? 1 : 0);
            scores[other] += (attention.Scale * TensorPrimitives.Dot(own, position.Row(row).Slice(start, size))) + bias.Row(row)[head];
        }
    }

    private static void AddDistances(RelativeKeyAttention attention, int head, int frame, Matrix distances, float[] scores)
    {
        int count = attention.Behind + 1 + attention.Ahead;
        ReadOnlySpan<float> own = distances.Row(frame).Slice(head * count, count);
        for (int other = 0; other < scores.Length; other++)
        {
            scores[other] += own[Math.Clamp(other - frame, -attention.Behind, attention.Ahead) + attention.Behind];
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
