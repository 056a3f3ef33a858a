using System.Text;
using StableQuant.Decoding;
using StableQuant.Recognition;

namespace StableQuant.Alignment;

/// <summary>A text as a sequence of tokens, each with the place in the text that it stands for.</summary>
internal sealed class AlignmentText
{
    /// <summary>The token of what the vocabulary lacks.</summary>
    public const int Wildcard = -1;

    private const int MostMarks = 4;

    private readonly Dictionary<string, int> tokens;
    private readonly int longest;
    private readonly List<TextToken> spelt = [];
    private readonly List<TextWord> words = [];
    private int opening = -1;

    /// <summary>Spells a text.</summary>
    /// <param name="text">Any text; words are what white space parts, and each character of scripts without spaces.</param>
    /// <param name="vocabulary">The tokens.</param>
    public AlignmentText(string text, CtcVocabulary vocabulary)
    {
        Text = text;
        tokens = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int token = 0; token < vocabulary.Count; token++)
        {
            if (token != vocabulary.WordDelimiter && vocabulary.Texts[token].Length > 0)
            {
                tokens.TryAdd(vocabulary.Texts[token], token);
            }
        }

        longest = vocabulary.LongestText;
        List<(Rune Rune, int Start)> run = [];
        int position = 0;
        while (position < text.Length)
        {
            Rune.DecodeFromUtf16(text.AsSpan(position), out Rune rune, out int length);
            bool alone = UnspacedScript.Has(rune);
            if (alone || Rune.IsWhiteSpace(rune))
            {
                AddWord(run, position);
            }

            if (!Rune.IsWhiteSpace(rune))
            {
                run.Add((rune, position));
            }

            position += length;
            if (alone)
            {
                AddWord(run, position);
            }
        }

        AddWord(run, position);
    }

    /// <summary>The text as written.</summary>
    public string Text { get; }

    /// <summary>Its tokens.</summary>
    public IReadOnlyList<TextToken> Tokens => spelt;

    /// <summary>Its words; each has a token at least. What has none (a dash between spaces) belongs to the word before it, or to the first.</summary>
    public IReadOnlyList<TextWord> Words => words;

    private void AddWord(List<(Rune Rune, int Start)> run, int end)
    {
        if (run.Count == 0)
        {
            return;
        }

        int start = run[0].Start;
        int first = spelt.Count;
        Spell(run, end);
        run.Clear();
        if (spelt.Count > first)
        {
            words.Add(new TextWord(words.Count == 0 && opening >= 0 ? opening : start, end, first, spelt.Count));
        }
        else if (words.Count > 0)
        {
            words[^1] = words[^1] with { End = end };
        }
        else if (opening < 0)
        {
            opening = start;
        }
    }

    private void Spell(List<(Rune Rune, int Start)> run, int end)
    {
        int firstToken = spelt.Count;
        int lastSound = run.FindLastIndex(letter => !Orthography.IsSilent(letter.Rune));
        for (int i = 0; i < run.Count;)
        {
            int start = run[i].Start;
            int taken = LongestToken(run, i, end, isFirst: spelt.Count == firstToken, lastSound, out int token);
            if (taken > 0)
            {
                Add(token, start, EndOf(run, i + taken - 1, end));
                i += taken;
                continue;
            }

            int behind = EndOf(run, i, end);
            if (!Expanded(start, behind) && !Orthography.IsSilent(run[i].Rune))
            {
                Add(Wildcard, start, behind);
            }

            i++;
        }
    }

    private int LongestToken(List<(Rune Rune, int Start)> run, int first, int end, bool isFirst, int lastSound, out int token)
    {
        // Marks written apart make text longer than its token.
        int marks = 0;
        while (marks < MostMarks && first + marks + 1 < run.Count && Orthography.IsMark((char)Math.Min(run[first + marks + 1].Rune.Value, char.MaxValue)))
        {
            marks++;
        }

        int start = run[first].Start;
        for (int count = Math.Min(longest + marks, run.Count - first); count > 0; count--)
        {
            string piece = Text[start..EndOf(run, first + count - 1, end)];
            foreach (string way in Orthography.Ways(piece).Where(way => way.Length > 0))
            {
                if (TryFind(way, isFirst, isLast: first + count > lastSound, out token))
                {
                    return count;
                }
            }
        }

        token = Wildcard;
        return 0;
    }

    // Word pieces have the space of a word at its start, or at its end.
    private bool TryFind(string piece, bool isFirst, bool isLast, out int token) =>
        (isFirst && isLast && tokens.TryGetValue($" {piece} ", out token))
        || (isFirst && tokens.TryGetValue(' ' + piece, out token))
        || (isLast && tokens.TryGetValue(piece + ' ', out token))
        || tokens.TryGetValue(piece, out token);

    private bool Expanded(int start, int end)
    {
        int before = spelt.Count;
        foreach (char letter in Orthography.Expansion(Text[start..end]) ?? "")
        {
            foreach (string way in Orthography.Ways(letter.ToString()))
            {
                if (tokens.TryGetValue(way, out int token))
                {
                    Add(token, start, end);
                    break;
                }
            }
        }

        return spelt.Count > before;
    }

    private void Add(int token, int start, int end) => spelt.Add(new TextToken(token, start, end));

    private static int EndOf(List<(Rune Rune, int Start)> run, int index, int end) => index + 1 < run.Count ? run[index + 1].Start : end;
}

/// <summary>A token of a text.</summary>
/// <param name="Id">Its index in the vocabulary, or <see cref="AlignmentText.Wildcard"/>.</param>
/// <param name="Start">Where what it stands for begins in the text.</param>
/// <param name="End">Where that ends.</param>
internal readonly record struct TextToken(int Id, int Start, int End);

/// <summary>A word of a text.</summary>
/// <param name="Start">Where it begins in the text.</param>
/// <param name="End">Where it ends.</param>
/// <param name="FirstToken">Its first token.</param>
/// <param name="EndToken">The token behind its last.</param>
internal readonly record struct TextWord(int Start, int End, int FirstToken, int EndToken);
