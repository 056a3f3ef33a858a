using StableQuant.Alignment;
using StableQuant.Decoding;

namespace StableQuant.Runtime.Tests;

public class AlignmentTextTests
{
    private static readonly CtcVocabulary Capitals = new(["<pad>", "<s>", "|", .. "ABCDEFGHIJKLMNOPQRSTUVWXYZ'".Select(c => c.ToString())], blank: 0, wordDelimiter: 2);

    private static (string Tokens, string[] Words) Spell(string text, CtcVocabulary? vocabulary = null)
    {
        vocabulary ??= Capitals;
        var spelt = new AlignmentText(text, vocabulary);
        foreach (TextWord word in spelt.Words)
        {
            word.EndToken.ShouldBeGreaterThan(word.FirstToken);
        }

        foreach (TextToken token in spelt.Tokens)
        {
            token.End.ShouldBeGreaterThan(token.Start);
        }

        return (string.Join(' ', spelt.Tokens.Select(t => t.Id < 0 ? "*" : vocabulary.Tokens[t.Id])), [.. spelt.Words.Select(w => text[w.Start..w.End])]);
    }

    [Theory]
    [InlineData("Hi", "H I", "Hi")]
    [InlineData("  Don’t  go! ", "D O N ' T G O", "Don’t|go!")]
    [InlineData("— “Yes” – he said…", "Y E S H E S A I D", "— “Yes” –|he|said…")]
    [InlineData("Café Müller", "C A F E M U L L E R", "Café|Müller")]
    [InlineData("Cafe\u0301", "C A F E", "Cafe\u0301")]
    [InlineData("Straße, Œuvre", "S T R A S S E O E U V R E", "Straße,|Œuvre")]
    [InlineData("ＡＢｃ", "A B C", "ＡＢｃ")]
    [InlineData("B2B 50%", "B * B * * *", "B2B|50%")]
    [InlineData("日本 x", "* * X", "日|本|x")]
    [InlineData("a\u0301\u0302\u0303\u0304\u0305\u0306b", "A B", "a\u0301\u0302\u0303\u0304\u0305\u0306b")]
    [InlineData("<s> A=B", "* S * A * B", "<s>|A=B")]
    [InlineData("Việt Łódź ǻ", "V I E T L O D Z A", "Việt|Łódź|ǻ")]
    public void Text_becomes_tokens_and_comes_back_as_written(string text, string tokens, string words)
    {
        (string spelt, string[] parts) = Spell(text);
        spelt.ShouldBe(tokens);
        parts.ShouldBe(words.Split('|'));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t ")]
    [InlineData("... — !?")]
    [InlineData("\u0301")]
    [InlineData("\0\u200B\uFEFF")]
    public void Text_without_sound_has_no_words(string text)
    {
        (string tokens, string[] words) = Spell(text);
        tokens.ShouldBeEmpty();
        words.ShouldBeEmpty();
    }

    [Fact]
    public void Pictures_and_broken_surrogates_make_no_sound()
    {
        // Not as data of a theory: the runner would mend them.
        (string tokens, string[] words) = Spell("\uD83D\uDE00 A\uD800B \uDC00");
        tokens.ShouldBe("A B");
        words.ShouldBe(["\uD83D\uDE00 A\uD800B \uDC00"]);
        Spell("\uDC00\uD800").Words.ShouldBeEmpty();
        Spell("|").Words.ShouldBe(["|"]);
    }

    [Fact]
    public void Marks_are_kept_where_the_vocabulary_has_them_however_the_text_writes_them()
    {
        var german = new CtcVocabulary(["<pad>", "|", "a", "ä", "ß", "s"], blank: 0, wordDelimiter: 1);
        Spell("Ä A\u0308 ß s", german).Tokens.ShouldBe("ä ä ß s");
        var vietnamese = new CtcVocabulary(["<pad>", "|", "ế", "e"], blank: 0, wordDelimiter: 1);
        Spell("ế e\u0302\u0301 Ế é", vietnamese).Tokens.ShouldBe("ế ế ế e");
    }

    [Fact]
    public void The_longest_token_wins_and_pieces_begin_words()
    {
        var digraphs = new CtcVocabulary(["<pad>", "|", "s", "c", "h", "ch", "sch"], blank: 0, wordDelimiter: 1);
        Spell("Schch sh", digraphs).Tokens.ShouldBe("sch ch s h");
        var pieces = new CtcVocabulary(["<pad>", "▁he", "llo", "▁", "l", "o", "he", "▁w"], blank: 0, wordDelimiter: -1);
        (string tokens, string[] words) = Spell("Hello, who", pieces);
        tokens.ShouldBe("▁he llo ▁w * o");
        words.ShouldBe(["Hello,", "who"]);
        Spell("“Hello”", pieces).Tokens.ShouldBe("▁he llo");
    }

    [Fact]
    public void Pieces_that_end_words_are_taken_at_their_ends()
    {
        var suffixed = new CtcVocabulary(["<pad>", "he", "llo", "llo▁", "o", "o▁", "w", "h"], blank: 0, wordDelimiter: -1);
        Spell("Hello, “who”", suffixed).Tokens.ShouldBe("he llo▁ w h o▁");
        var phonemes = new CtcVocabulary(["<pad>", "▁aɪ", "▁k", "▁a"], blank: 0, wordDelimiter: -1);
        (string tokens, string[] words) = Spell("k aɪ a", phonemes);
        tokens.ShouldBe("▁k ▁aɪ ▁a");
        words.ShouldBe(["k", "aɪ", "a"]);
    }

    [Fact]
    public void A_million_characters_are_no_matter()
    {
        string text = string.Concat(Enumerable.Repeat("Äb, ", 100_000)) + new string('!', 600_000);
        var spelt = new AlignmentText(text, Capitals);
        spelt.Tokens.Count.ShouldBe(200_000);
        spelt.Words.Count.ShouldBe(100_000);
        spelt.Words[^1].End.ShouldBe(text.Length);
    }

    [Fact]
    public void Letters_with_marks_agree_with_their_own_parts()
    {
        MarkedLetters.Bare('ǻ').ShouldBe('a');
        MarkedLetters.Bare('Ω').ShouldBe('Ω');
        MarkedLetters.Compose('A', '\u030A').ShouldBe('Å');
        MarkedLetters.Compose('A', 'B').ShouldBe('\0');
    }
}
