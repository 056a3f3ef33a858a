using StableQuant.Decoding;

namespace StableQuant.Runtime.Tests;

public class CtcDecoderTests
{
    // One character stands for one token: _ blank, < bracketed <s>, [ bracketed [UNK], | delimiter, rest themselves.
    private const string Keys = "_<[|ABCé";

    private static readonly CtcVocabulary Vocabulary = new(["<pad>", "<s>", "[UNK]", "|", "A", "B", "CH", "é"], blank: 0, wordDelimiter: 3);
    private static readonly CtcDecoder Decoder = new(Vocabulary);

    private static float[] Logits(string path)
    {
        var logits = new float[path.Length * Keys.Length];
        for (int frame = 0; frame < path.Length; frame++)
        {
            logits[(frame * Keys.Length) + Keys.IndexOf(path[frame], StringComparison.Ordinal)] = 1 + frame;
        }

        return logits;
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("____", "")]
    [InlineData("AAB", "AB")]
    [InlineData("A_AB", "AAB")]
    [InlineData("_AA__A_", "AA")]
    [InlineData("A|B", "A B")]
    [InlineData("|A|", "A")]
    [InlineData("|_|A|_|B_|_|", "A B")]
    [InlineData("A|_|<|B", "A B")]
    [InlineData("<A<A[A", "AAA")]
    [InlineData("CCé", "CHé")]
    [InlineData("|||", "")]
    public void Paths_become_text(string path, string expected)
    {
        var text = new char[Decoder.MaxTextLength(path.Length)];
        int length = Decoder.Decode(Logits(path), path.Length, text);
        new string(text, 0, length).ShouldBe(expected);
    }

    [Fact]
    public void The_first_of_equal_maxima_wins_and_NaN_never_does()
    {
        var text = new char[8];
        Decoder.Decode([0, 0, 0, 0, 5, 5, 0, 0], 1, text).ShouldBe(1);
        text[0].ShouldBe('A');
        Decoder.Decode([float.NaN, float.NaN, 0, 0, 0, 5, float.NaN, 0], 1, text).ShouldBe(1);
        text[0].ShouldBe('B');
        Decoder.Decode([.. Enumerable.Repeat(float.NegativeInfinity, 8)], 1, text).ShouldBe(0);
    }

    [Fact]
    public void Every_path_of_four_frames_agrees_with_the_definition()
    {
        var text = new char[Decoder.MaxTextLength(4)];
        for (int code = 0; code < 8 * 8 * 8 * 8; code++)
        {
            string path = new([Keys[code & 7], Keys[(code >> 3) & 7], Keys[(code >> 6) & 7], Keys[code >> 9]]);
            int length = Decoder.Decode(Logits(path), 4, text);
            string collapsed = string.Concat(path.Where((c, i) => i == 0 || c != path[i - 1]).Where(c => !"_<[".Contains(c)));
            string expected = string.Join(' ', collapsed.Split('|', StringSplitOptions.RemoveEmptyEntries)).Replace("C", "CH", StringComparison.Ordinal);
            new string(text, 0, length).ShouldBe(expected, path);
        }
    }

    [Fact]
    public void Tokens_come_with_their_frames_and_probabilities()
    {
        const string Path = "_AA_A||BC";
        var tokens = new CtcToken[Path.Length];
        float[] logits = Logits(Path);
        int count = Decoder.Decode(logits, Path.Length, tokens);
        tokens[..count].Select(t => (Keys[t.Id], t.FirstFrame, t.EndFrame)).ShouldBe([('A', 1, 3), ('A', 4, 5), ('|', 5, 7), ('B', 7, 8), ('C', 8, 9)]);

        // Softmax, in double: one logit of a frame is 1 + its number, seven are 0; the last frame of a run is the surest.
        foreach (CtcToken token in tokens[..count])
        {
            double top = Math.Exp(token.EndFrame);
            token.Probability.ShouldBe((float)(top / (top + 7)), 1e-6f);
        }

        var text = new char[20];
        new string(text, 0, Vocabulary.WriteText(tokens.AsSpan(0, count), text)).ShouldBe("AA BCH");
        Should.Throw<ArgumentException>(() => Decoder.Decode(logits, Path.Length, new CtcToken[4])).ParamName.ShouldBe("tokens");
    }

    [Fact]
    public void A_probability_of_what_is_no_number_is_0()
    {
        var tokens = new CtcToken[1];
        Decoder.Decode([float.NaN, float.NaN, 0, 0, 0, 0, float.NegativeInfinity, float.NaN], 1, tokens).ShouldBe(1);
        tokens[0].ShouldBe(new CtcToken(2, 0, 1, 0.25f));
        Decoder.Decode([0, float.PositiveInfinity, 0, 0, 0, 0, 0, 0], 1, tokens).ShouldBe(1);
        tokens[0].Probability.ShouldBe(0);
    }

    [Fact]
    public void Too_little_room_is_an_error_and_just_enough_is_not()
    {
        Decoder.Decode(Logits("A|C_"), 4, new char[4]).ShouldBe(4);
        Should.Throw<ArgumentException>(() => Decoder.Decode(Logits("A|C_"), 4, new char[3])).ParamName.ShouldBe("text");
        Should.Throw<ArgumentException>(() => Decoder.Decode(Logits("A"), 1, Span<char>.Empty)).ParamName.ShouldBe("text");
        Should.Throw<ArgumentException>(() => Decoder.Decode(Logits("AB"), 3, new char[9])).ParamName.ShouldBe("logits");
        Should.Throw<ArgumentException>(() => Decoder.Decode([], -1, Span<char>.Empty));
    }

    [Fact]
    public void The_longest_text_is_told()
    {
        Decoder.MaxTextLength(0).ShouldBe(0);
        Decoder.MaxTextLength(10).ShouldBe(20);
        Should.Throw<ArgumentOutOfRangeException>(() => Decoder.MaxTextLength(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => Decoder.MaxTextLength(int.MaxValue));
    }

    [Fact]
    public void Decoding_allocates_nothing()
    {
        float[] logits = Logits("AB|_C|<[A_A|B");
        var text = new char[26];
        Decoder.Decode(logits, 13, text);
        Allocations.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                Decoder.Decode(logits, 13, text);
            }
        }).ShouldBe(0);
    }

    [Fact]
    public void A_vocabulary_checks_its_indices()
    {
        string[] tokens = ["a", "b"];
        Should.Throw<ArgumentException>(() => new CtcVocabulary([], 0, 1));
        Should.Throw<ArgumentException>(() => new CtcVocabulary(tokens, 2, 1));
        Should.Throw<ArgumentException>(() => new CtcVocabulary(tokens, -1, 1));
        Should.Throw<ArgumentException>(() => new CtcVocabulary(tokens, 0, 2));
        Should.Throw<ArgumentException>(() => new CtcVocabulary(tokens, 0, -2));
        Should.Throw<ArgumentException>(() => new CtcVocabulary(tokens, 1, 1));
        Should.Throw<ArgumentException>(() => new CtcVocabulary(["a", null!], 0, 1));
        new CtcVocabulary(tokens, 0, -1).Tokens.ToArray().ShouldBe(tokens);
    }
}
