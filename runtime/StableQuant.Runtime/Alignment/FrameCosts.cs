using StableQuant.Decoding;

namespace StableQuant.Alignment;

/// <summary>
/// What each frame costs in each state of a text: negative logarithmic posteriors in units of 1/512 nat, 128 nats at most. Whole numbers, so that
/// sums and comparisons of hours of frames are exact, and the same everywhere. Kept for the tokens of the text alone.
/// </summary>
internal sealed class FrameCosts
{
    /// <summary>Units of a nat.</summary>
    public const int PerNat = 512;

    /// <summary>Column of the blank.</summary>
    public const int Blank = 0;

    /// <summary>Column of what lies between words: the blank, a delimiter, or skipped speech.</summary>
    public const int Gap = 1;

    // Column of what the vocabulary lacks.
    private const int Wildcard = 2;
    private const int FirstToken = 3;

    // Skipped speech costs so much more than the best token of its frame; a blank within a wildcard so much more than a blank.
    private const int SkippedSpeech = PerNat;
    private const int BlankInWildcard = PerNat / 2;

    private readonly CtcVocabulary vocabulary;
    private readonly bool skipsSpeech;
    private readonly int[] tokens;
    private readonly ushort[] costs;
    private readonly (int Token, ushort Cost, ushort Other)[] best;

    public FrameCosts(CtcVocabulary vocabulary, AlignmentText text, int maxFrames, bool skipsSpeech)
    {
        this.vocabulary = vocabulary;
        this.skipsSpeech = skipsSpeech;
        tokens = [.. text.Tokens.Select(token => token.Id).Where(id => id >= 0).Distinct().Order()];
        Columns = new int[text.Tokens.Count];
        for (int i = 0; i < Columns.Length; i++)
        {
            int id = text.Tokens[i].Id;
            Columns[i] = id == AlignmentText.Wildcard ? Wildcard : FirstToken + Array.BinarySearch(tokens, id);
        }

        Width = FirstToken + tokens.Length;
        costs = new ushort[checked(maxFrames * (long)Width)];
        best = new (int, ushort, ushort)[maxFrames];
    }

    /// <summary>Frames so far.</summary>
    public int Count { get; private set; }

    /// <summary>The most frames.</summary>
    public int Capacity => best.Length;

    /// <summary>Columns of a frame.</summary>
    public int Width { get; }

    /// <summary>The column of each token of the text.</summary>
    public int[] Columns { get; }

    /// <summary>The costs of a frame.</summary>
    public ReadOnlySpan<ushort> this[int frame] => costs.AsSpan(checked((int)((long)frame * Width)), Width);

    /// <summary>Adds a frame.</summary>
    /// <param name="row">Its logits.</param>
    public void Add(ReadOnlySpan<float> row)
    {
        double normalizer = LogSoftmax.Normalizer(row);
        int top = -1, label = -1;
        float topLogit = float.NegativeInfinity, otherLogit = float.NegativeInfinity, labelLogit = float.NegativeInfinity;
        for (int token = 0; token < row.Length; token++)
        {
            float logit = row[token];
            if (logit > topLogit)
            {
                (otherLogit, topLogit, top) = (topLogit, logit, token);
            }
            else if (logit > otherLogit)
            {
                otherLogit = logit;
            }

            if (logit > labelLogit && token != vocabulary.Blank && token != vocabulary.WordDelimiter)
            {
                (labelLogit, label) = (logit, token);
            }
        }

        ushort Of(float logit) => Cost(LogSoftmax.LogPosterior(logit, normalizer));
        best[Count] = (top, Of(topLogit), Of(otherLogit));
        Span<ushort> frame = costs.AsSpan(Count * Width, Width);
        double blank = LogSoftmax.LogPosterior(row[vocabulary.Blank], normalizer);
        double gap = vocabulary.WordDelimiter < 0 ? blank : Sum(blank, LogSoftmax.LogPosterior(row[vocabulary.WordDelimiter], normalizer));
        frame[Blank] = Cost(blank);
        frame[Gap] = Math.Min(Cost(gap), skipsSpeech ? Plus(best[Count].Cost, SkippedSpeech) : ushort.MaxValue);
        frame[Wildcard] = Math.Min(label < 0 ? ushort.MaxValue : Of(labelLogit), Plus(frame[Blank], BlankInWildcard));
        for (int i = 0; i < tokens.Length; i++)
        {
            frame[FirstToken + i] = Of(row[tokens[i]]);
        }

        Count++;
    }

    /// <summary>Forgets all frames.</summary>
    public void Clear() => Count = 0;

    /// <summary>The best token of a frame, or −1 where that is the blank or a delimiter.</summary>
    public int Heard(int frame) => best[frame].Token is int token && token != vocabulary.Blank && token != vocabulary.WordDelimiter ? token : -1;

    /// <summary>What the best other token of a frame costs.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="token">The token besides which it is the best.</param>
    public int BestOther(int frame, int token) => best[frame].Token == token ? best[frame].Other : best[frame].Cost;

    private static ushort Cost(double logPosterior) =>
        double.IsFinite(logPosterior) ? (ushort)Math.Min(Math.Round(-logPosterior * PerNat), ushort.MaxValue) : ushort.MaxValue;

    private static ushort Plus(ushort cost, int more) => (ushort)Math.Min(cost + more, ushort.MaxValue);

    // The logarithm of the sum of two probabilities.
    private static double Sum(double a, double b)
    {
        (a, b) = a > b ? (a, b) : (b, a);
        return double.IsFinite(a) ? Math.Min(a + LogMath.Log(1 + LogMath.Exp(b - a)), 0) : a;
    }
}
