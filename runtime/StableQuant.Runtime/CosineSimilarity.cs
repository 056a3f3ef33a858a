namespace StableQuant;

/// <summary>How alike two embeddings are, whatever their lengths: the cosine of the angle between them.</summary>
public static class CosineSimilarity
{
    /// <summary>The cosine, in double: the same bits on every processor.</summary>
    /// <param name="left">One embedding.</param>
    /// <param name="right">The other, of as many values.</param>
    /// <returns>−1 … 1; 1 where they point the same way, 0 where one of them is all zeros.</returns>
    /// <exception cref="ArgumentException">They differ in length.</exception>
    public static double Of(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        if (left.Length != right.Length)
        {
            throw new ArgumentException($"Embeddings of {left.Length} and of {right.Length} values cannot be compared: they are different models'.", nameof(right));
        }

        double product = 0, leftSquares = 0, rightSquares = 0;
        for (int i = 0; i < left.Length; i++)
        {
            product += (double)left[i] * right[i];
            leftSquares += (double)left[i] * left[i];
            rightSquares += (double)right[i] * right[i];
        }

        return leftSquares == 0 || rightSquares == 0 ? 0 : Math.Clamp(product / (Math.Sqrt(leftSquares) * Math.Sqrt(rightSquares)), -1, 1);
    }
}
