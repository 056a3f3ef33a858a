using StableQuant.Decoding;

namespace StableQuant.Streaming;

/// <summary>Recognises windows of a recording, and counts frames from the recording's start. Its workspace is that of the longest window.</summary>
internal sealed class UtteranceRecognizer
{
    private readonly ISpeechModel model;
    private readonly CtcDecoder decoder;
    private readonly float[] logits;
    private readonly CtcToken[] tokens;
    private readonly char[] text;
    private int frames;
    private int firstToken;
    private int endToken;

    /// <summary>Makes a recognizer.</summary>
    /// <param name="model">The model.</param>
    /// <param name="maxSamples">The longest window.</param>
    public UtteranceRecognizer(ISpeechModel model, int maxSamples)
    {
        this.model = model;
        decoder = new CtcDecoder(model.Vocabulary);
        int maxFrames = model.FrameCount(maxSamples);
        logits = new float[maxFrames * model.VocabularySize];
        tokens = new CtcToken[maxFrames];
        text = new char[decoder.MaxTextLength(maxFrames)];
    }

    /// <summary>The frame of the first row of <see cref="Logits"/>.</summary>
    public int FirstFrame { get; private set; }

    /// <summary>Samples of the window.</summary>
    public int Samples { get; private set; }

    /// <summary>Logits of the window.</summary>
    public ReadOnlySpan<float> Logits => logits.AsSpan(0, frames * model.VocabularySize);

    /// <summary>The tokens within the bounds.</summary>
    public ReadOnlySpan<CtcToken> Tokens => tokens.AsSpan(firstToken, endToken - firstToken);

    /// <summary>The mean of their probabilities; 0 without a token.</summary>
    public float Confidence => (float)CtcToken.MeanProbability(Tokens);

    /// <summary>Runs the model.</summary>
    /// <param name="samples">The window.</param>
    /// <param name="start">Number of its first sample: a frame begins there.</param>
    public void Recognize(ReadOnlySpan<float> samples, long start)
    {
        Samples = samples.Length;
        FirstFrame = (int)(start / model.SamplesPerFrame);
        frames = samples.Length >= model.MinSamples ? model.Logits(samples, logits) : 0;
        firstToken = 0;
        endToken = decoder.Decode(Logits, frames, tokens);
        foreach (ref CtcToken token in tokens.AsSpan(0, endToken))
        {
            token = token with { FirstFrame = token.FirstFrame + FirstFrame, EndFrame = token.EndFrame + FirstFrame };
        }
    }

    /// <summary>Leaves out tokens that begin outside some frames.</summary>
    /// <param name="from">The first frame.</param>
    /// <param name="end">The frame behind the last one.</param>
    public void Bound(long from, long end)
    {
        Range own = CtcToken.Within(Tokens, from, end);
        endToken = firstToken + own.End.Value;
        firstToken += own.Start.Value;
    }

    /// <summary>Leaves out all tokens.</summary>
    public void Reject() => endToken = firstToken;

    /// <summary>Writes the text of the tokens.</summary>
    public ReadOnlySpan<char> WriteText() => text.AsSpan(0, model.Vocabulary.WriteText(Tokens, text));

    /// <summary>
    /// Where the window is cut with the least harm: in the middle of the longest run of frames without a token within some bounds, the
    /// later of equal ones.
    /// </summary>
    /// <param name="from">The first frame that may be behind the cut.</param>
    /// <param name="end">The frame behind the last of these.</param>
    public int FindCut(int from, int end)
    {
        int best = 0;
        int cut = end - 1;
        int free = from;
        for (int i = firstToken; i <= endToken && free < end; i++)
        {
            int next = Math.Min(i < endToken ? tokens[i].FirstFrame : end, end);
            if (next - free >= Math.Max(best, 1))
            {
                best = next - free;
                cut = free + (best / 2);
            }

            free = Math.Max(free, i < endToken ? tokens[i].EndFrame : end);
        }

        return cut;
    }
}
