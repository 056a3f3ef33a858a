using System.Runtime.InteropServices;

namespace StableQuant.Decoding.NGrams;

/// <summary>The n-grams of one length as an ARPA file lists them, and their order once they are sorted.</summary>
/// <param name="length">Words of each.</param>
/// <param name="firstLine">The line of the first one.</param>
internal sealed class NGramLevel(int length, int firstLine)
{
    private readonly List<int> words = [];
    private readonly List<float> probabilities = [];
    private readonly List<float> backOffs = [];
    private int[] order = [];

    /// <summary>Number of n-grams.</summary>
    public int Count => probabilities.Count;

    /// <summary>Adds one.</summary>
    /// <param name="ids">Its words.</param>
    /// <param name="probability">ln P; NaN where the file does not list it but others begin with it.</param>
    /// <param name="backOff">ln of its back-off weight.</param>
    public void Add(ReadOnlySpan<int> ids, float probability, float backOff)
    {
        words.AddRange(ids);
        probabilities.Add(probability);
        backOffs.Add(backOff);
    }

    /// <summary>The words of the n-gram of a rank.</summary>
    public ReadOnlySpan<int> Words(int rank) => Listed(order[rank]);

    /// <summary>ln P of the n-gram of a rank.</summary>
    public float Probability(int rank) => probabilities[order[rank]];

    /// <summary>ln of the back-off weight of the n-gram of a rank.</summary>
    public float BackOff(int rank) => backOffs[order[rank]];

    /// <summary>Gives all words other numbers.</summary>
    /// <param name="ranks">The new number of each.</param>
    public void Renumber(int[] ranks)
    {
        foreach (ref int word in CollectionsMarshal.AsSpan(words))
        {
            word = ranks[word];
        }
    }

    /// <summary>Sorts by words.</summary>
    /// <returns>The line of an n-gram that an earlier line has, too; 0 where all are different.</returns>
    public int Sort()
    {
        order = new int[Count];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        order.AsSpan().Sort((left, right) =>
        {
            int difference = Listed(left).SequenceCompareTo(Listed(right));
            return difference != 0 ? difference : left.CompareTo(right);
        });
        for (int rank = 1; rank < order.Length; rank++)
        {
            if (Words(rank).SequenceEqual(Words(rank - 1)))
            {
                return firstLine + order[rank];
            }
        }

        return 0;
    }

    /// <summary>Adds to the n-grams that are one word shorter those that these begin with and that are missing. Both are sorted.</summary>
    /// <returns>Whether there were any, so that the shorter ones have to be sorted again.</returns>
    public bool Complete(NGramLevel shorter)
    {
        int known = shorter.Count;
        ReadOnlySpan<int> last = default;
        for (int rank = 0, at = 0; rank < Count; rank++)
        {
            ReadOnlySpan<int> prefix = Words(rank)[..^1];
            while (at < known && shorter.Words(at).SequenceCompareTo(prefix) < 0)
            {
                at++;
            }

            if ((at == known || !shorter.Words(at).SequenceEqual(prefix)) && !prefix.SequenceEqual(last))
            {
                shorter.Add(prefix, float.NaN, 0);
                last = prefix;
            }
        }

        return shorter.Count > known;
    }

    private ReadOnlySpan<int> Listed(int index) => CollectionsMarshal.AsSpan(words).Slice(index * length, length);
}
