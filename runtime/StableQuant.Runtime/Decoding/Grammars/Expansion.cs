namespace StableQuant.Decoding.Grammars;

/// <summary>What the right side of a rule is made of.</summary>
internal abstract record Expansion;

/// <summary>A word, or what stood in quotation marks.</summary>
internal sealed record WordExpansion(string Text, int Line) : Expansion;

/// <summary>What another rule says.</summary>
internal sealed record RuleExpansion(string Name, int Line) : Expansion;

/// <summary>One after another; none of them is nothing at all.</summary>
internal sealed record SequenceExpansion(IReadOnlyList<Expansion> Items) : Expansion;

/// <summary>One of several; of none there is nothing that could be said.</summary>
internal sealed record AlternativesExpansion(IReadOnlyList<Expansion> Items) : Expansion;

/// <summary>One or none.</summary>
internal sealed record OptionalExpansion(Expansion Item) : Expansion;

/// <summary>Any number, or at least one.</summary>
internal sealed record RepeatExpansion(Expansion Item, bool AtLeastOnce) : Expansion;

/// <summary>A rule.</summary>
internal sealed record Rule(string Name, bool IsPublic, Expansion Expansion, int Line);
