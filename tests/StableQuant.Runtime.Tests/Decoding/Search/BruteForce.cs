
namespace StableQuant.Decoding.Tests;

/// <summary>All paths through the frames of a small example, one by one, in double: what a search has to find.</summary>
internal static class BruteForce
{
    /// <summary>The probability of each text, and of the best path that makes it, with the frames that its tokens begin in.</summary>
    public static Dictionary<string, (double Sum, double Best, string Path)> Texts(CtcVocabulary vocabulary, float[] logits, int frames, Func<string, bool>? isAllowed = null)
    {
        int width = vocabulary.Count;
        double[][] posteriors = [.. Enumerable.Range(0, frames).Select(frame =>
        {
            double[] powers = [.. Enumerable.Range(0, width).Select(i => Math.Exp(logits[(frame * width) + i]))];
            return powers.Select(power => power / powers.Sum()).ToArray();
        })];
        var texts = new Dictionary<string, (double Sum, double Best, string Path)>();
        var path = new int[frames];
        for (long code = 0; code < (long)Math.Pow(width, frames); code++)
        {
            double probability = 1;
            long rest = code;
            for (int frame = 0; frame < frames; frame++, rest /= width)
            {
                path[frame] = (int)(rest % width);
                probability *= posteriors[frame][path[frame]];
            }

            CtcToken[] tokens = [.. Collapsed(path, vocabulary.Blank)];
            var written = new char[100];
            string text = new(written, 0, vocabulary.WriteText(tokens, written));
            if (isAllowed?.Invoke(text) == false)
            {
                continue;
            }

            (double sum, double best, string kept) = texts.GetValueOrDefault(text);
            texts[text] = (sum + probability, Math.Max(best, probability), probability > best ? Describe(tokens) : kept);
        }

        return texts;
    }

    /// <summary>Tokens with their frames, for comparisons.</summary>
    public static string Describe(IEnumerable<CtcToken> tokens) => string.Join(' ', tokens.Select(token => $"{token.Id}@{token.FirstFrame}-{token.EndFrame}"));

    /// <summary>Logits of a given width, the same for a seed.</summary>
    public static float[] Logits(int seed, int frames, int width, double scale = 2)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, frames * width).Select(_ => (float)(scale * ((2 * random.NextDouble()) - 1)))];
    }

    private static IEnumerable<CtcToken> Collapsed(int[] path, int blank)
    {
        for (int frame = 0, end; frame < path.Length; frame = end)
        {
            for (end = frame + 1; end < path.Length && path[end] == path[frame]; end++)
            {
            }

            if (path[frame] != blank)
            {
                yield return new CtcToken(path[frame], frame, end, 0);
            }
        }
    }
}
