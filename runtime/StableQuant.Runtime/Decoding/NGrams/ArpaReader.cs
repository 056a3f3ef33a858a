using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace StableQuant.Decoding.NGrams;

/// <summary>
/// Reads ARPA files, line by line. What is kept is 4 bytes a word of each n-gram and 8 bytes more, and it grows as lines come, not as the
/// header announces.
/// </summary>
/// <remarks>Source: the format of D. Paul and J. Baker, The Design for the Wall Street Journal-based CSR Corpus, 1992, as SRILM's ngram-format(5) states it.</remarks>
internal sealed class ArpaReader
{
    // Text before the header, and empty lines: what is more is no model but a way to keep the reader busy.
    private const int MaxOtherLines = 10_000;

    private const int MaxWordLength = 1024;
    private const long MaxNGrams = 1 << 30;

    /// <summary>What stands for a probability of 0, as SRILM writes it.</summary>
    private const double Log10OfZero = -99;

    private readonly ArpaLines lines;
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> byText;
    private readonly char[] text = new char[MaxWordLength];
    private int otherLines;

    private ArpaReader(ArpaLines lines)
    {
        this.lines = lines;
        byText = ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Reads a model.</summary>
    /// <param name="lines">The file.</param>
    /// <returns>Its words in the order of their UTF-8, and its n-grams by length, sorted by their words; all words have an n-gram of their own.</returns>
    /// <exception cref="InvalidDataException">It is malformed; the message names file and line.</exception>
    public static (byte[][] Words, List<NGramLevel> Levels) Read(ArpaLines lines)
    {
        var reader = new ArpaReader(lines);
        List<long> counts = reader.ReadHeader();
        var levels = new List<NGramLevel>();
        byte[][] words = [];
        for (int length = 1; length <= counts.Count; length++)
        {
            var level = new NGramLevel(length, lines.Number + 1);
            reader.ReadLevel(level, length, counts);
            levels.Add(level);
            if (length == 1)
            {
                words = reader.NumberWords(level);
            }

            int twice = level.Sort();
            if (twice > 0)
            {
                throw lines.Error("an earlier line has this n-gram, too", line: twice);
            }
        }

        return (words, levels);
    }

    private List<long> ReadHeader()
    {
        while (!Next("\\data\\ is missing: this is no ARPA file").SequenceEqual("\\data\\"u8))
        {
            CountOther();
        }

        var counts = new List<long>();
        long total = 0;
        while (true)
        {
            ReadOnlySpan<byte> line = NextFilled("the n-grams are missing");
            if (line[0] == '\\')
            {
                CheckTitle(line, 1);
                return counts.Count > 0 ? counts : throw lines.Error("no line \"ngram LENGTH=COUNT\" comes before the n-grams");
            }

            ReadOnlySpan<byte> rest = line.StartsWith("ngram "u8) ? line[6..].TrimStart((byte)' ') : default;
            if (!Utf8Parser.TryParse(rest, out int length, out int used) || !rest[used..].StartsWith("="u8)
                || !Utf8Parser.TryParse(rest[(used + 1)..].Trim((byte)' '), out long count, out int end) || rest[(used + 1)..].Trim((byte)' ').Length != end)
            {
                throw lines.Error("a line of the header is not \"ngram LENGTH=COUNT\"");
            }

            total += count is >= 0 and <= MaxNGrams ? count : MaxNGrams + 1;
            if (length != counts.Count + 1 || length > NGramLayout.MaxOrder || total > MaxNGrams)
            {
                throw lines.Error($"lengths of n-grams go 1, 2, 3 and on, up to {NGramLayout.MaxOrder}, and all counts together to {MaxNGrams}");
            }

            counts.Add(count);
        }
    }

    private void ReadLevel(NGramLevel level, int length, List<long> counts)
    {
        Span<int> words = stackalloc int[length];
        for (long i = 0; i < counts[length - 1]; i++)
        {
            ReadOnlySpan<byte> line = Next($"the file ends before its {counts[length - 1]} n-grams of length {length}");
            ReadNGram(line, level, words, isLongest: length == counts.Count);
        }

        ReadOnlySpan<byte> title = NextFilled("\\end\\ is missing");
        if (title[0] != '\\')
        {
            throw lines.Error($"there are more than the {counts[length - 1]} n-grams of length {length} that the header tells");
        }

        CheckTitle(title, length == counts.Count ? 0 : length + 1);
    }

    private void ReadNGram(ReadOnlySpan<byte> line, NGramLevel level, Span<int> words, bool isLongest)
    {
        double probability = Number(Field(ref line), "probability");
        if (probability > 0)
        {
            throw lines.Error("the logarithm of a probability is above 0");
        }

        for (int i = 0; i < words.Length; i++)
        {
            ReadOnlySpan<byte> word = Field(ref line);
            words[i] = words.Length == 1 ? NewWord(word) : KnownWord(word);
        }

        double backOff = line.Length == 0 ? 0 : Number(Field(ref line), "back-off weight");
        if (line.Length > 0)
        {
            throw lines.Error($"an n-gram of length {words.Length} is followed by more than a back-off weight");
        }

        level.Add(words, (float)(probability * LogMath.Ln10), isLongest ? 0 : (float)(backOff * LogMath.Ln10));
    }

    private int NewWord(ReadOnlySpan<byte> word)
    {
        string added = Text(word).ToString();
        return ids.TryAdd(added, ids.Count) ? ids.Count - 1 : throw lines.Error($"the word {added} is there twice");
    }

    private int KnownWord(ReadOnlySpan<byte> word)
    {
        ReadOnlySpan<char> known = Text(word);
        return byText.TryGetValue(known, out int id) ? id : throw lines.Error($"the word {known} is not among the n-grams of length 1");
    }

    private ReadOnlySpan<char> Text(ReadOnlySpan<byte> word)
    {
        if (word.Length is 0 or > MaxWordLength)
        {
            throw lines.Error(word.Length == 0 ? "a word is missing" : $"a word is longer than {MaxWordLength} bytes");
        }

        return Utf8.ToUtf16(word, text, out _, out int length, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done
            ? text.AsSpan(0, length)
            : throw lines.Error("a word is not UTF-8");
    }

    private double Number(ReadOnlySpan<byte> field, string what)
    {
        if (Utf8Parser.TryParse(field, out double value, out int used) && used == field.Length && double.IsFinite(value) && Math.Abs(value) <= 1000)
        {
            return Math.Max(value, Log10OfZero);
        }

        return field.SequenceEqual("-inf"u8) ? Log10OfZero : throw lines.Error($"the {what} is no number between -1000 and 1000");
    }

    // Words are numbered in the order of their bytes: so the compiled model can find them, and does not depend on the order of lines.
    private byte[][] NumberWords(NGramLevel level)
    {
        if (level.Count == 0)
        {
            throw lines.Error("there is no n-gram of length 1");
        }

        byte[][] words = [.. ids.Keys.Select(Encoding.UTF8.GetBytes)];
        Array.Sort(words, (left, right) => left.AsSpan().SequenceCompareTo(right));
        var ranks = new int[words.Length];
        for (int rank = 0; rank < words.Length; rank++)
        {
            string word = Encoding.UTF8.GetString(words[rank]);
            ranks[ids[word]] = rank;
            ids[word] = rank;
        }

        level.Renumber(ranks);
        return words;
    }

    private static ReadOnlySpan<byte> Field(ref ReadOnlySpan<byte> line)
    {
        int end = line.IndexOfAny((byte)' ', (byte)'\t');
        ReadOnlySpan<byte> field = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[end..].TrimStart(" \t"u8);
        return field;
    }

    private void CheckTitle(ReadOnlySpan<byte> title, int length)
    {
        string expected = length == 0 ? "\\end\\" : $"\\{length}-grams:";
        if (!title.SequenceEqual(Encoding.ASCII.GetBytes(expected)))
        {
            throw lines.Error($"{expected} belongs here");
        }
    }

    private ReadOnlySpan<byte> Next(string problem) => lines.TryRead(out ReadOnlySpan<byte> line) ? line : throw lines.Error(problem);

    private ReadOnlySpan<byte> NextFilled(string problem)
    {
        ReadOnlySpan<byte> line = Next(problem);
        while (line.Length == 0)
        {
            CountOther();
            line = Next(problem);
        }

        return line;
    }

    private void CountOther()
    {
        if (++otherLines > MaxOtherLines)
        {
            throw lines.Error($"more than {MaxOtherLines} lines are neither header nor n-gram");
        }
    }
}
