namespace StableQuant.Decoding;

/// <summary>
/// The best path through the logits of an utterance, run by run: equal tokens of neighbouring frames are one run, and runs of the blank are
/// left out.
/// </summary>
/// <remarks>Source: A. Graves et al., Connectionist Temporal Classification, ICML 2006, section 3.2, best path decoding.</remarks>
/// <param name="logits">[frames, vocabulary] values. The first of equal maxima wins, NaN never does.</param>
/// <param name="width">Tokens of the vocabulary.</param>
/// <param name="blank">The blank.</param>
internal ref struct GreedyRuns(ReadOnlySpan<float> logits, int width, int blank)
{
    private readonly ReadOnlySpan<float> logits = logits;
    private readonly int frames = logits.Length / width;

    /// <summary>The token of the run.</summary>
    public int Token { get; private set; }

    /// <summary>Its first frame.</summary>
    public int FirstFrame { get; private set; }

    /// <summary>The frame behind its last one.</summary>
    public int EndFrame { get; private set; }

    /// <summary>Goes to the next run.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        while (EndFrame < frames)
        {
            FirstFrame = EndFrame;
            Token = IndexOfMax(Row(EndFrame++));
            while (EndFrame < frames && IndexOfMax(Row(EndFrame)) == Token)
            {
                EndFrame++;
            }

            if (Token != blank)
            {
                return true;
            }
        }

        return false;
    }

    private readonly ReadOnlySpan<float> Row(int frame) => logits.Slice(frame * width, width);

    private static int IndexOfMax(ReadOnlySpan<float> row)
    {
        int best = 0;
        float max = float.NegativeInfinity;
        for (int i = 0; i < row.Length; i++)
        {
            if (row[i] > max)
            {
                max = row[i];
                best = i;
            }
        }

        return best;
    }
}
