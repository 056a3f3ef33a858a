using StableQuant.Decoding.Grammars;
using StableQuant.Decoding.Hotwords;

namespace StableQuant.Decoding.Search;

/// <summary>Where a prefix of the text stands in the models, and what they have added to its score so far.</summary>
internal struct SearchContext
{
    /// <summary>What the text is: equal for equal texts. Spaces at its end do not count.</summary>
    public ulong Text;

    /// <summary>Whether the text is empty or ends in a space.</summary>
    public bool AtBoundary;

    /// <summary>The state of the language model behind the last whole word.</summary>
    public int History;

    /// <summary>The state in the tree of known words of the word that is being spelled; −1 where no word begins so.</summary>
    public int Word;

    /// <summary>Characters of that word.</summary>
    public int WordLength;

    /// <summary>The state among the hotwords.</summary>
    public int Hotword;

    /// <summary>The state in the grammar.</summary>
    public int Grammar;

    /// <summary>What whole words and phrases have added.</summary>
    public double Earned;

    /// <summary>What the word and the phrase that have begun may add; taken back when they do not go on.</summary>
    public double Expected;
}
