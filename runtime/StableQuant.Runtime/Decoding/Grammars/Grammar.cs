namespace StableQuant.Decoding.Grammars;

/// <summary>
/// What may be said: a closed list of phrases, or rules of alternatives, options and repetitions. It is a subset of the Java Speech Grammar
/// Format: <c>public &lt;command&gt; = turn (on | off) [the] &lt;device&gt;;</c>. It never changes; any number of searches use one.
/// </summary>
/// <remarks>
/// Source: JSpeech Grammar Format, W3C Note of 5 June 2000. Header and grammar name may be missing; weights, tags and imports are refused, and
/// so is recursion, except where a rule names itself as the last thing that it says.
/// </remarks>
public sealed class Grammar
{
    private const int MaxLength = 1 << 20;

    private Grammar(string name, List<Rule> rules)
    {
        Name = name;
        Rules = rules;
    }

    internal string Name { get; }

    internal List<Rule> Rules { get; }

    /// <summary>Reads a file, which is UTF-8.</summary>
    /// <exception cref="InvalidDataException">It is no grammar, or has more than 1 million characters; the message names file and line.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be read.</exception>
    public static Grammar Load(string path) => Parse(TextFile.Read(path, MaxLength), path);

    /// <summary>Reads a grammar.</summary>
    /// <param name="text">The grammar.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">The text is no grammar, a rule is missing, or one is recursive otherwise than at its end; the message names the line.</exception>
    public static Grammar Parse(string text, string name = "grammar")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(name);
        if (text.Length > MaxLength)
        {
            throw TextFile.Error(name, 1, $"a grammar of more than {MaxLength} characters");
        }

        var grammar = new Grammar(name, GrammarParser.Parse(text, name));

        // Finds what is wrong with the rules now, not when a search is made.
        _ = GrammarNetwork.Of(grammar, spelling: null);
        return grammar;
    }

    /// <summary>A grammar that allows one of some phrases.</summary>
    /// <param name="phrases">The phrases, of words with white space between them; at least one.</param>
    /// <exception cref="ArgumentException">There is no phrase, or one is empty.</exception>
    /// <exception cref="InvalidDataException">The phrases are too many.</exception>
    public static Grammar OfPhrases(IEnumerable<string> phrases)
    {
        ArgumentNullException.ThrowIfNull(phrases);
        Expansion[] items = [.. phrases.Select((phrase, index) => !string.IsNullOrWhiteSpace(phrase) ? new WordExpansion(phrase.Trim(), index + 1) : throw new ArgumentException($"Phrase {index} is empty.", nameof(phrases)))];
        return items.Length > 0
            ? new Grammar("phrases", [new Rule("phrases", IsPublic: true, new AlternativesExpansion(items), 1)])
            : throw new ArgumentException("There is no phrase.", nameof(phrases));
    }
}
