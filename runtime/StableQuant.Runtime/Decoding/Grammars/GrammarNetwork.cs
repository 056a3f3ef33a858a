namespace StableQuant.Decoding.Grammars;

/// <summary>
/// A grammar as a network of symbols: states with edges that a symbol takes, and with edges that take none. Each rule is put in where it is
/// named, once for each state that it leads to; so a rule that names itself at its end leads back to its own beginning.
/// </summary>
internal sealed class GrammarNetwork
{
    /// <summary>The most states, and the most rules that are put in.</summary>
    public const int MaxStates = 1 << 18;

    private const int MaxDepth = 400;

    private readonly string name;
    private readonly Spelling? spelling;
    private readonly Dictionary<string, Rule> rules;
    private readonly Dictionary<(string Rule, int Next), int> placed = [];
    private readonly HashSet<string> open = new(StringComparer.Ordinal);
    private readonly List<ushort> word = [];
    private int depth;

    private GrammarNetwork(Grammar grammar, Spelling? spelling)
    {
        name = grammar.Name;
        this.spelling = spelling;
        rules = grammar.Rules.ToDictionary(rule => rule.Name, StringComparer.Ordinal);
        Add();
        Start = Add();
        foreach (Rule rule in grammar.Rules.Where(rule => rule.IsPublic))
        {
            Free[Start].Add(Place(rule.Name, rule.Line, End));
        }
    }

    /// <summary>The state that sentences end in.</summary>
    public const int End = 0;

    /// <summary>The state that they begin in.</summary>
    public int Start { get; }

    /// <summary>Of each state the symbol that it takes, where it takes one, and where that leads.</summary>
    public List<(ushort Symbol, int To)?> Taking { get; } = [];

    /// <summary>Of each state where it leads without a symbol.</summary>
    public List<List<int>> Free { get; } = [];

    /// <summary>Builds the network.</summary>
    /// <param name="grammar">The grammar.</param>
    /// <param name="spelling">How words are spelled; null where only the rules are to be checked.</param>
    /// <exception cref="InvalidDataException">A rule is missing, recursive otherwise than at its end, or has a character that cannot be spelled; or it becomes too large.</exception>
    public static GrammarNetwork Of(Grammar grammar, Spelling? spelling) => new(grammar, spelling);

    private int Add()
    {
        if (Free.Count == MaxStates)
        {
            throw TextFile.Error(name, 1, $"the grammar has more than {MaxStates} states when its rules are put into one another");
        }

        Taking.Add(null);
        Free.Add([]);
        return Free.Count - 1;
    }

    /// <summary>Builds what says an expansion and goes on to a state.</summary>
    /// <returns>The state that it begins in.</returns>
    private int Build(Expansion expansion, int next)
    {
        if (++depth > MaxDepth)
        {
            throw TextFile.Error(name, 1, $"rules and brackets are nested deeper than {MaxDepth} levels");
        }

        int start = expansion switch
        {
            WordExpansion leaf => Spell(leaf, next),
            RuleExpansion rule => Place(rule.Name, rule.Line, next),
            SequenceExpansion sequence => sequence.Items.Reverse().Aggregate(next, (after, item) => Build(item, after)),
            AlternativesExpansion alternatives => Choose(alternatives.Items, next),
            OptionalExpansion optional => Choose([optional.Item, new SequenceExpansion([])], next),
            RepeatExpansion repeat => Repeat(repeat, next),
            _ => throw new InvalidOperationException(),
        };
        depth--;
        return start;
    }

    private int Spell(WordExpansion leaf, int next)
    {
        word.Clear();
        int unknown = spelling?.Spell(leaf.Text, word) ?? -1;
        if (unknown >= 0)
        {
            throw TextFile.Unknown(name, leaf.Line, leaf.Text, unknown);
        }

        if (spelling is null)
        {
            word.Add(1);
        }
        else if (spelling.HasBoundary)
        {
            word.Add(Spelling.Boundary);
        }

        for (int i = word.Count - 1; i >= 0; i--)
        {
            int state = Add();
            Taking[state] = (word[i], next);
            next = state;
        }

        return next;
    }

    private int Choose(IReadOnlyList<Expansion> items, int next)
    {
        int start = Add();
        foreach (Expansion item in items)
        {
            int first = Build(item, next);
            Free[start].Add(first);
        }

        return start;
    }

    private int Repeat(RepeatExpansion repeat, int next)
    {
        int again = Add();
        int first = Build(repeat.Item, again);
        Free[again].AddRange([first, next]);
        return repeat.AtLeastOnce ? first : again;
    }

    private int Place(string rule, int line, int next)
    {
        if (!rules.TryGetValue(rule, out Rule? named))
        {
            throw TextFile.Error(name, line, $"there is no rule <{rule}>");
        }

        if (placed.TryGetValue((rule, next), out int known))
        {
            return known;
        }

        if (!open.Add(rule))
        {
            throw TextFile.Error(name, line, $"the rule <{rule}> names itself before its end; only the last thing that a rule says may lead back to it");
        }

        if (placed.Count == MaxStates)
        {
            throw TextFile.Error(name, line, $"more than {MaxStates} rules are put into one another");
        }

        int start = Add();
        placed.Add((rule, next), start);
        int first = Build(named.Expansion, next);
        Free[start].Add(first);
        open.Remove(rule);
        return start;
    }
}
