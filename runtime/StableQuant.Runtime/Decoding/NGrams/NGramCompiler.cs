using System.Runtime.InteropServices;

namespace StableQuant.Decoding.NGrams;

/// <summary>Makes the binary form of a model from the n-grams of an ARPA file: the same bytes for the same n-grams, in whatever order they are listed.</summary>
internal sealed class NGramCompiler
{
    private readonly byte[][] words;
    private readonly List<NGramLevel> levels;
    private readonly int[] starts;
    private readonly int[] lastWords;
    private readonly float[] probabilities;
    private readonly int[] suffixes;
    private readonly float[] backOffs;
    private readonly int[] firstChildren;

    private NGramCompiler(byte[][] words, List<NGramLevel> levels)
    {
        this.words = words;
        this.levels = levels;
        starts = new int[levels.Count + 2];
        starts[1] = 1;
        for (int length = 1; length <= levels.Count; length++)
        {
            starts[length + 1] = checked(starts[length] + levels[length - 1].Count);
        }

        Layout = new NGramLayout(levels.Count, words.Length, starts[^1], starts[^2], words.Sum(word => word.Length));
        lastWords = new int[Layout.Nodes];
        probabilities = new float[Layout.Nodes];
        suffixes = new int[Layout.Nodes];
        backOffs = new float[Layout.Inner];
        firstChildren = new int[Layout.Inner + 1];
    }

    /// <summary>Where everything will be.</summary>
    public NGramLayout Layout { get; }

    /// <summary>Compiles the n-grams that <see cref="ArpaReader"/> read; it may add to them.</summary>
    public static NGramCompiler Of(byte[][] words, List<NGramLevel> levels)
    {
        // An n-gram hangs on the one without its last word. Pruning can have removed that one.
        for (int length = levels.Count; length > 1; length--)
        {
            if (levels[length - 1].Complete(levels[length - 2]))
            {
                levels[length - 2].Sort();
            }
        }

        var compiler = new NGramCompiler(words, levels);
        for (int length = 1; length <= levels.Count; length++)
        {
            compiler.AddLevel(length);
        }

        compiler.firstChildren[^1] = compiler.Layout.Nodes;
        return compiler;
    }

    /// <summary>Writes the binary form.</summary>
    public void Write(Stream stream)
    {
        // The checksum comes first in the file: all is gone through twice.
        ulong checksum = 0;
        ForEachPart(part => checksum = NGramLayout.Checksum(checksum, part));
        Span<byte> header = stackalloc byte[NGramLayout.HeaderLength];
        Layout.Write(header, checksum);
        stream.Write(header);
        ForEachPart(stream.Write);
    }

    private void AddLevel(int length)
    {
        NGramLevel level = levels[length - 1];
        int parent = starts[length - 1];
        firstChildren[parent] = starts[length];
        for (int rank = 0; rank < level.Count; rank++)
        {
            int node = starts[length] + rank;
            ReadOnlySpan<int> ids = level.Words(rank);

            // Both levels are sorted: the parents of n-grams come in the order of their nodes.
            while (length > 1 && !levels[length - 2].Words(parent - starts[length - 1]).SequenceEqual(ids[..^1]))
            {
                firstChildren[++parent] = node;
            }

            lastWords[node] = ids[^1];
            if (length < levels.Count)
            {
                backOffs[node] = level.BackOff(rank);
            }

            (suffixes[node], float backedOff) = length == 1 ? (0, 0) : Suffix(parent, ids[^1]);
            probabilities[node] = float.IsNaN(level.Probability(rank)) ? backedOff : level.Probability(rank);
        }

        while (++parent < starts[length])
        {
            firstChildren[parent] = starts[length + 1];
        }
    }

    /// <summary>The longest n-gram that a longer one ends in, and the probability that the longer one has by backing off.</summary>
    private (int Suffix, float BackedOff) Suffix(int parent, int word)
    {
        double sum = backOffs[parent];
        for (int state = suffixes[parent]; ; state = suffixes[state])
        {
            int child = state == 0 ? 1 + word : Child(state, word);
            if (child >= 0)
            {
                return (child, (float)(sum + probabilities[child]));
            }

            sum += backOffs[state];
        }
    }

    private int Child(int state, int word)
    {
        (int first, int end) = (firstChildren[state], firstChildren[state + 1]);
        int at = lastWords.AsSpan(first..end).BinarySearch(word);
        return at < 0 ? -1 : first + at;
    }

    private void ForEachPart(Action<ReadOnlySpan<byte>> action)
    {
        var wordStarts = new int[words.Length + 1];
        for (int i = 0; i < words.Length; i++)
        {
            wordStarts[i + 1] = wordStarts[i] + words[i].Length;
        }

        ForEachPiece<int>(wordStarts, action);
        ForEachPiece<int>(lastWords, action);
        ForEachPiece<float>(probabilities, action);
        ForEachPiece<int>(suffixes, action);
        ForEachPiece<float>(backOffs, action);
        ForEachPiece<int>(firstChildren, action);
        action(words.SelectMany(word => word).ToArray());
    }

    // No span has more bytes than an int can count.
    private static void ForEachPiece<T>(ReadOnlySpan<T> part, Action<ReadOnlySpan<byte>> action)
        where T : unmanaged
    {
        const int Piece = 1 << 20;
        for (; part.Length > Piece; part = part[Piece..])
        {
            action(MemoryMarshal.AsBytes(part[..Piece]));
        }

        action(MemoryMarshal.AsBytes(part));
    }
}
