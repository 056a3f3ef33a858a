using System.Globalization;
using System.Text;
using StableQuant.Decoding.NGrams;

namespace StableQuant.Decoding.Tests;

/// <summary>Language models for tests, and what they say by the definition of backing off.</summary>
internal static class Arpa
{
    /// <summary>Small enough to compute by hand.</summary>
    public const string Example = """
        Words before the header are no part of it.

        \data\
        ngram 1=5
        ngram 2=4
        ngram 3=1

        \1-grams:
        -99	<s>	-0.3
        -1.0	</s>
        -2.0	<unk>
        -0.5	A	-0.2
        -0.7	B	-0.4

        \2-grams:
        -0.3	<s> A	-0.1
        -0.6	A B	-0.25
        -0.9	B </s>
        -0.8	B A

        \3-grams:
        -0.05	<s> A B

        \end\
        """;

    public static NGramModel Read(string text, string name = "test.arpa") => NGramModel.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), name);

    /// <summary>A file of such n-grams: words with blanks between them, log10 of probability and of back-off weight.</summary>
    public static string Write(IReadOnlyList<(string Words, double Probability, double BackOff)> ngrams)
    {
        var text = new StringBuilder("\\data\\\n");
        var byLength = ngrams.GroupBy(ngram => ngram.Words.Split(' ').Length).OrderBy(group => group.Key).ToList();
        foreach (var group in byLength)
        {
            text.Append(CultureInfo.InvariantCulture, $"ngram {group.Key}={group.Count()}\n");
        }

        foreach (var group in byLength)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n\\{group.Key}-grams:\n");
            foreach ((string words, double probability, double backOff) in group)
            {
                text.Append(CultureInfo.InvariantCulture, $"{probability:R}\t{words}{(backOff == 0 ? "" : $"\t{backOff:R}")}\n");
            }
        }

        return text.Append("\n\\end\\\n").ToString();
    }

    /// <summary>log10 of a sentence's probability, straight from the definition.</summary>
    public static double Log10(IReadOnlyList<(string Words, double Probability, double BackOff)> ngrams, string sentence)
    {
        var known = ngrams.ToDictionary(ngram => ngram.Words);
        int order = known.Keys.Max(words => words.Split(' ').Length);
        var history = new List<string> { "<s>" };
        double sum = 0;
        foreach (string word in sentence.Split(' ', StringSplitOptions.RemoveEmptyEntries).Append("</s>"))
        {
            string said = known.ContainsKey(word) ? word : "<unk>";
            sum += Conditional([.. history.TakeLast(order - 1)], said);
            history.Add(said);
        }

        return sum;

        double Conditional(string[] before, string word) =>
            known.TryGetValue(string.Join(' ', before.Append(word)), out var listed) ? listed.Probability
            : known.GetValueOrDefault(string.Join(' ', before)).BackOff + Conditional(before[1..], word);
    }
}
