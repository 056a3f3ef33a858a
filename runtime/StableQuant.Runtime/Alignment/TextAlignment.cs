using StableQuant.Recognition;

namespace StableQuant.Alignment;

/// <summary>When each word and each character of a text was spoken.</summary>
public sealed class TextAlignment
{
    internal TextAlignment(IReadOnlyList<Word> words, IReadOnlyList<Word> characters)
    {
        Words = words;
        Characters = characters;
    }

    /// <summary>
    /// The words of the text in order, as written: case and punctuation included. What is written between spaces but makes no sound belongs to the word before it. A word that was
    /// not spoken has no duration and a confidence of 0.
    /// </summary>
    public IReadOnlyList<Word> Words { get; }

    /// <summary>The characters of the spoken words that have a sound, in order, as written; one may be several letters where the vocabulary has tokens of several letters.</summary>
    public IReadOnlyList<Word> Characters { get; }
}
