namespace StableQuant.Decoding.Grammars;

/// <summary>Parses a grammar by recursive descent.</summary>
internal sealed class GrammarParser
{
    private const int MaxDepth = 100;

    private readonly GrammarLexer lexer;
    private readonly string name;
    private GrammarToken token;
    private int depth;

    private GrammarParser(string text, string name)
    {
        lexer = new GrammarLexer(text, name);
        this.name = name;
        lexer.SkipHeader();
        token = lexer.Next();
    }

    /// <summary>Parses.</summary>
    /// <exception cref="InvalidDataException">The text is no grammar; the message names the line.</exception>
    public static List<Rule> Parse(string text, string name)
    {
        var parser = new GrammarParser(text, name);
        parser.SkipGrammarName();
        var rules = new List<Rule>();
        var names = new HashSet<string>(StringComparer.Ordinal) { "NULL", "VOID" };
        while (parser.token.Kind != GrammarTokenKind.End)
        {
            Rule rule = parser.ReadRule();
            if (!names.Add(rule.Name))
            {
                throw TextFile.Error(name, rule.Line, $"the rule <{rule.Name}> is there already");
            }

            rules.Add(rule);
        }

        if (!rules.Any(rule => rule.IsPublic))
        {
            throw TextFile.Error(name, parser.token.Line, "no rule is public; write \"public\" before the one that is to be spoken");
        }

        return rules;
    }

    private void SkipGrammarName()
    {
        if (token is { Kind: GrammarTokenKind.Word, Text: "grammar" })
        {
            Take();
            Take(GrammarTokenKind.Word, "the grammar's name");
            TakeSymbol(';');
        }
    }

    private Rule ReadRule()
    {
        int line = token.Line;
        if (token is { Kind: GrammarTokenKind.Word, Text: "import" })
        {
            throw TextFile.Error(name, line, "import is not supported; put all rules into one file");
        }

        bool isPublic = token is { Kind: GrammarTokenKind.Word, Text: "public" };
        if (isPublic)
        {
            Take();
        }

        string rule = Take(GrammarTokenKind.RuleName, "a rule, as in \"public <name> = words;\"").Text;
        TakeSymbol('=');
        Expansion expansion = ReadAlternatives();
        TakeSymbol(';');
        return new Rule(rule, isPublic, expansion, line);
    }

    private Expansion ReadAlternatives()
    {
        if (++depth > MaxDepth)
        {
            throw TextFile.Error(name, token.Line, $"brackets are nested deeper than {MaxDepth} levels");
        }

        var items = new List<Expansion> { ReadSequence() };
        while (token.Is('|'))
        {
            Take();
            items.Add(ReadSequence());
        }

        depth--;
        return items.Count == 1 ? items[0] : new AlternativesExpansion(items);
    }

    private Expansion ReadSequence()
    {
        var items = new List<Expansion>();
        while (ReadItem() is { } item)
        {
            while (token.Is('*') || token.Is('+'))
            {
                item = new RepeatExpansion(item is RepeatExpansion inner ? inner.Item : item, token.Is('+') && item is not RepeatExpansion { AtLeastOnce: false });
                Take();
            }

            items.Add(item);
        }

        return items.Count switch
        {
            0 => throw Unexpected("words, a rule's name or a bracket"),
            1 => items[0],
            _ => new SequenceExpansion(items),
        };
    }

    // Null where no item begins.
    private Expansion? ReadItem()
    {
        GrammarToken first = token;
        switch (first.Kind)
        {
            case GrammarTokenKind.Word:
            case GrammarTokenKind.Quoted:
                Take();
                return new WordExpansion(first.Text, first.Line);
            case GrammarTokenKind.RuleName:
                Take();
                return first.Text switch
                {
                    "NULL" => new SequenceExpansion([]),
                    "VOID" => new AlternativesExpansion([]),
                    _ => new RuleExpansion(first.Text, first.Line),
                };
        }

        if (first.Is('(') || first.Is('['))
        {
            Take();
            Expansion inner = ReadAlternatives();
            TakeSymbol(first.Is('(') ? ')' : ']');
            return first.Is('(') ? inner : new OptionalExpansion(inner);
        }

        if (first.Is('/') || first.Is('{'))
        {
            throw TextFile.Error(name, first.Line, first.Is('/') ? "weights (/…/) are not supported; leave them out" : "tags ({…}) are not supported; leave them out");
        }

        return null;
    }

    private void Take() => token = lexer.Next();

    private GrammarToken Take(GrammarTokenKind kind, string what)
    {
        GrammarToken taken = token.Kind == kind ? token : throw Unexpected(what);
        Take();
        return taken;
    }

    private void TakeSymbol(char symbol)
    {
        if (!token.Is(symbol))
        {
            throw Unexpected($"'{symbol}'");
        }

        Take();
    }

    private InvalidDataException Unexpected(string expected)
    {
        string found = token.Text.Length > 40 ? token.Text[..40] + "…" : token.Text;
        return TextFile.Error(name, token.Line, $"{expected} belongs here, not \"{found}\"");
    }
}
