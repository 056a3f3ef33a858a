using System.Numerics.Tensors;
using StableQuant.Graph;

namespace StableQuant.Calibration.Float;

/// <summary>Multi-head attention.</summary>
internal static class ReferenceAttention
{
    /// <summary>softmax(scale · q·kᵀ)·v, head by head and query by query.</summary>
    public static Matrix Run(Attention attention, Matrix query, Matrix key, Matrix value)
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
}
