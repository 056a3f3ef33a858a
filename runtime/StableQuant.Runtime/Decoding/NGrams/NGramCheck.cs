namespace StableQuant.Decoding.NGrams;

/// <summary>Checks a compiled model once, when it is loaded: one pass over it. What was checked, look-ups can rely on.</summary>
internal static class NGramCheck
{
    // 10 to the power of 1000, beyond which ARPA files are refused.
    private const float MaxLogarithm = 2303;

    /// <summary>Checks.</summary>
    /// <exception cref="InvalidDataException">The model is damaged.</exception>
    public static void Run(string name, NGramImage image)
    {
        NGramLayout layout = image.Layout;
        ulong checksum = 0;
        for (long offset = NGramLayout.HeaderLength; offset < layout.Length;)
        {
            ReadOnlySpan<byte> part = image.From(offset);
            checksum = NGramLayout.Checksum(checksum, part);
            offset += part.Length;
        }

        if (checksum != image.Checksum || !HasWords(image) || !HasTree(image) || !HasSuffixes(image) || !HasNumbers(image.Probabilities, 0) || !HasNumbers(image.BackOffs, MaxLogarithm))
        {
            throw new InvalidDataException($"{name}: the compiled n-gram model is damaged; compile it anew from the ARPA file.");
        }
    }

    private static bool HasWords(NGramImage image)
    {
        ReadOnlySpan<int> starts = image.WordStarts;
        if (starts[0] != 0 || starts[^1] != image.Layout.TextBytes || !IsAscending(starts))
        {
            return false;
        }

        for (int word = 1; word < image.Layout.Words; word++)
        {
            if (image.Text[starts[word - 1]..starts[word]].SequenceCompareTo(image.Text[starts[word]..starts[word + 1]]) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    private static bool HasTree(NGramImage image)
    {
        ReadOnlySpan<int> children = image.FirstChildren;
        ReadOnlySpan<int> words = image.LastWords;
        if (children[0] != 1 || children[^1] != image.Layout.Nodes || !IsAscending(children) || children[1] != 1 + image.Layout.Words)
        {
            return false;
        }

        for (int node = 0; node < image.Layout.Inner; node++)
        {
            ReadOnlySpan<int> of = words[children[node]..children[node + 1]];
            for (int i = 0; i < of.Length; i++)
            {
                if (of[i] < 0 || of[i] >= image.Layout.Words || (i > 0 && of[i] <= of[i - 1]))
                {
                    return false;
                }
            }
        }

        return true;
    }

    // A suffix is shorter, which is to say that it comes earlier: whoever follows suffixes arrives at the empty n-gram.
    private static bool HasSuffixes(NGramImage image)
    {
        ReadOnlySpan<int> suffixes = image.Suffixes;
        for (int node = 0; node < suffixes.Length; node++)
        {
            if (suffixes[node] < 0 || suffixes[node] >= Math.Max(node, 1) || suffixes[node] >= image.Layout.Inner)
            {
                return false;
            }
        }

        return true;
    }

    private static bool HasNumbers(ReadOnlySpan<float> values, float max)
    {
        foreach (float value in values)
        {
            if (!(value >= -MaxLogarithm && value <= max))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsAscending(ReadOnlySpan<int> values)
    {
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] < values[i - 1])
            {
                return false;
            }
        }

        return true;
    }
}
