using System.Globalization;

namespace StableQuant.Decoding.Hotwords;

/// <summary>
/// Words and phrases that a search shall prefer: names, products, the words of a field. Text, one phrase a line; behind a TAB may stand its
/// boost. Letters are taken in the vocabulary's case. Empty lines are skipped.
/// </summary>
public sealed class HotwordList
{
    /// <summary>The boost of a phrase that tells none.</summary>
    public const double DefaultBoost = 1.5;

    /// <summary>The largest boost, and the least with a minus sign.</summary>
    public const double MaxBoost = 20;

    private const int MaxLength = 1 << 22;
    private const int MaxPhraseLength = 1000;

    private HotwordList(string name, List<Hotword> phrases)
    {
        Name = name;
        Phrases = phrases;
    }

    /// <summary>Number of phrases.</summary>
    public int Count => Phrases.Count;

    internal string Name { get; }

    internal List<Hotword> Phrases { get; }

    /// <summary>Reads a file, which is UTF-8.</summary>
    /// <exception cref="InvalidDataException">It is malformed, or has more than 4 million characters; the message names file and line.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be read.</exception>
    public static HotwordList Load(string path) => Parse(TextFile.Read(path, MaxLength), path);

    /// <summary>Reads phrases.</summary>
    /// <param name="text">The lines.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">A line is malformed; the message names it.</exception>
    public static HotwordList Parse(string text, string name = "hotwords")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(name);
        if (text.Length > MaxLength)
        {
            throw TextFile.Error(name, 1, $"hotwords of more than {MaxLength} characters");
        }

        var phrases = new List<Hotword>();
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            int tab = line.IndexOf('\t');
            ReadOnlySpan<char> phrase = (tab < 0 ? line : line[..tab]).Trim();
            ReadOnlySpan<char> boost = tab < 0 ? "" : line[(tab + 1)..].Trim();
            if (phrase.Length is 0 or > MaxPhraseLength)
            {
                if (phrase.Length == 0 && boost.Length == 0)
                {
                    continue;
                }

                throw TextFile.Error(name, number, phrase.Length == 0 ? "a boost without a phrase" : $"a phrase of more than {MaxPhraseLength} characters");
            }

            phrases.Add(new Hotword(phrase.ToString(), tab < 0 ? DefaultBoost : Boost(boost, name, number), number));
        }

        return new HotwordList(name, phrases);
    }

    private static double Boost(ReadOnlySpan<char> text, string name, int line) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double boost) && Math.Abs(boost) <= MaxBoost
            ? boost
            : throw TextFile.Error(name, line, $"the boost behind the TAB is no number between -{MaxBoost} and {MaxBoost}");
}

/// <summary>A phrase to prefer.</summary>
/// <param name="Phrase">The phrase, as it was written.</param>
/// <param name="Boost">What each of its characters adds to the score, in natural logarithms.</param>
/// <param name="Line">Its line.</param>
internal sealed record Hotword(string Phrase, double Boost, int Line);
