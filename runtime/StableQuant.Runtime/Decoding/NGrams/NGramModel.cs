using System.Text;

namespace StableQuant.Decoding.NGrams;

/// <summary>
/// A back-off n-gram language model over words: how probable a word is behind others. It never changes; any number of searches and threads
/// use one. A compiled model is mapped into memory, so that it loads at once, is not copied, and processes share it; while it is in use its
/// file must stay as it is.
/// </summary>
/// <remarks>Source: S. Katz, Estimation of Probabilities from Sparse Data, IEEE ASSP 35(3), 1987: back-off.</remarks>
public sealed class NGramModel
{
    /// <summary>The state of no words before.</summary>
    private const int EmptyState = 0;

    private readonly NGramImage image;

    private NGramModel(NGramImage image)
    {
        this.image = image;
        Unknown = Find("<unk>"u8) is >= 0 and int lower ? lower : Find("<UNK>"u8);
        End = Find("</s>"u8);
        BeginWord = Find("<s>"u8);
    }

    /// <summary>The most words that a probability depends on, with the word itself: 3 for a trigram model.</summary>
    public int Order => image.Layout.Order;

    /// <summary>Number of words, with those of the form <c>&lt;s&gt;</c>.</summary>
    public int WordCount => image.Layout.Words;

    /// <summary>Number of n-grams of all lengths.</summary>
    public int NGramCount => image.Layout.Nodes - 1;

    /// <summary>The state at the beginning of a sentence.</summary>
    internal int Start => BeginWord < 0 ? EmptyState : StateOf(1 + BeginWord);

    /// <summary>The number of the word that stands for all others, or −1.</summary>
    internal int Unknown { get; }

    /// <summary>The number of the end of a sentence, or −1.</summary>
    internal int End { get; }

    private int BeginWord { get; }

    /// <summary>Loads a model: an ARPA file, plain or compressed by gzip, or what <see cref="Compile"/> made of one; the content tells.</summary>
    /// <param name="path">The file. An ARPA file of more than 2³⁰ n-grams, or of n-grams of more than 6 words, is refused.</param>
    /// <exception cref="InvalidDataException">The file is malformed or damaged; the message names it, and the line of an ARPA file.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be read.</exception>
    public static NGramModel Load(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[NGramLayout.Magic.Length];
        bool isCompiled = file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.SequenceEqual(NGramLayout.Magic);
        file.Position = 0;
        if (!isCompiled)
        {
            return new NGramModel(NGramImage.Of(Compiled(file, path), path));
        }

        NGramImage image = NGramImage.Map(file, path);
        NGramCheck.Run(path, image);
        return new NGramModel(image);
    }

    /// <summary>Reads an ARPA file from a stream that can seek, plain or compressed by gzip.</summary>
    internal static NGramModel Read(Stream arpa, string name) => new(NGramImage.Of(Compiled(arpa, name), name));

    /// <summary>Compiles an ARPA file into the form that is mapped: the same bytes for the same n-grams.</summary>
    /// <param name="arpa">The ARPA file, plain or compressed by gzip.</param>
    /// <param name="compiled">The file to write; it appears whole or not at all.</param>
    /// <exception cref="InvalidDataException">The ARPA file is malformed; the message names file and line.</exception>
    /// <exception cref="IOException">A file is missing, or cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file must not be read or written.</exception>
    public static void Compile(string arpa, string compiled)
    {
        using FileStream source = File.OpenRead(arpa);
        NGramCompiler model = Compiled(source, arpa);
        string unfinished = compiled + ".tmp";
        try
        {
            using (FileStream target = File.Create(unfinished))
            {
                model.Write(target);
            }

            File.Move(unfinished, compiled, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <summary>
    /// The probability of a sentence with its end. A word that the model does not know counts as <c>&lt;unk&gt;</c>, or where there is none
    /// as a probability of 10⁻⁹⁹.
    /// </summary>
    /// <param name="sentence">Words, written as in the model, with white space between them.</param>
    /// <returns>The natural logarithm. Perplexity is exp(−sum / (words + sentences)) over the sentences of a text.</returns>
    public double LogProbability(string sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        double sum = 0;
        int state = Start;
        foreach (string word in sentence.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            sum += Score(state, Find(Encoding.UTF8.GetBytes(word)), out state);
        }

        sum += End < 0 ? 0 : Score(state, End, out _);
        GC.KeepAlive(this);
        return sum;
    }

    /// <summary>The text of a word.</summary>
    internal string TextOf(int word) => Encoding.UTF8.GetString(image.Text[image.WordStarts[word]..image.WordStarts[word + 1]]);

    /// <summary>ln P of a word alone.</summary>
    internal float UnigramOf(int word) => image.Probabilities[1 + word];

    /// <summary>ln P of a word behind others.</summary>
    /// <param name="state">What is known of the words before.</param>
    /// <param name="word">The word; −1 is the unknown word.</param>
    /// <param name="next">The state behind the word.</param>
    internal double Score(int state, int word, out int next)
    {
        word = word < 0 ? Unknown : word;
        if (word < 0)
        {
            next = EmptyState;
            return -99 * LogMath.Ln10;
        }

        double sum = 0;
        for (; state != EmptyState; state = image.Suffixes[state])
        {
            int first = image.FirstChildren[state];
            int at = image.LastWords[first..image.FirstChildren[state + 1]].BinarySearch(word);
            if (at >= 0)
            {
                next = StateOf(first + at);
                return sum + image.Probabilities[first + at];
            }

            sum += image.BackOffs[state];
        }

        next = StateOf(1 + word);
        return sum + image.Probabilities[1 + word];
    }

    // An n-gram of the full length goes on as the longest one that it ends in.
    private int StateOf(int node) => node < image.Layout.Inner ? node : image.Suffixes[node];

    private int Find(ReadOnlySpan<byte> word)
    {
        int low = 0;
        int high = image.Layout.Words;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            int difference = image.Text[image.WordStarts[middle]..image.WordStarts[middle + 1]].SequenceCompareTo(word);
            if (difference == 0)
            {
                return middle;
            }

            (low, high) = difference < 0 ? (middle + 1, high) : (low, middle);
        }

        return -1;
    }

    private static NGramCompiler Compiled(Stream arpa, string name)
    {
        using var lines = new ArpaLines(arpa, name);
        (byte[][] words, List<NGramLevel> levels) = ArpaReader.Read(lines);
        return NGramCompiler.Of(words, levels);
    }
}
