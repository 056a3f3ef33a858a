using StableQuant.Decoding;

namespace StableQuant.Runtime.Tests;

/// <summary>Signals and logits whose words are known.</summary>
internal static class Speech
{
    /// <summary>A signal of white noise with tones in it, at 16 kHz.</summary>
    /// <param name="seconds">Its length.</param>
    /// <param name="noise">Level of the noise in decibels.</param>
    /// <param name="tones">Start and end in seconds, level in decibels.</param>
    public static float[] Signal(double seconds, double noise, params (double Start, double End, double Level)[] tones)
    {
        var random = new Random(7);
        var pcm = new float[(int)(seconds * 16000)];
        for (int i = 0; i < pcm.Length; i++)
        {
            double t = i / 16000.0;
            double value = double.IsNegativeInfinity(noise) ? 0 : Math.Pow(10, noise / 20) * Math.Sqrt(3) * ((random.NextDouble() * 2) - 1);
            foreach ((double start, double end, double level) in tones)
            {
                value += t >= start && t < end ? Math.Pow(10, level / 20) * Math.Sqrt(2) * Math.Sin(2 * Math.PI * 300 * t) : 0;
            }

            pcm[i] = (float)value;
        }

        return pcm;
    }

    /// <summary>Logits that are <paramref name="height"/> for one token a frame and 0 for the others.</summary>
    /// <param name="path">A character a frame.</param>
    /// <param name="keys">The characters that stand for the tokens.</param>
    /// <param name="height">The logit.</param>
    public static float[] Logits(string path, string keys, float height = 8)
    {
        var logits = new float[path.Length * keys.Length];
        for (int frame = 0; frame < path.Length; frame++)
        {
            logits[(frame * keys.Length) + keys.IndexOf(path[frame], StringComparison.Ordinal)] = height;
        }

        return logits;
    }

    /// <summary>The tokens of greedy decoding.</summary>
    public static CtcToken[] Tokens(CtcVocabulary vocabulary, float[] logits)
    {
        int frames = logits.Length / vocabulary.Count;
        var tokens = new CtcToken[frames];
        return tokens[..new CtcDecoder(vocabulary).Decode(logits, frames, tokens)];
    }
}
