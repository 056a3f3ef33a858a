using StableQuant.Audio;

namespace StableQuant.Calibration.Speech;

/// <summary>Cuts long recordings where they are quietest.</summary>
internal static class QuietCuts
{
    /// <summary>Recordings up to this length stay whole, in samples: 40 s, longer than the utterances that models are trained on.</summary>
    public const int MaxWhole = 40 * AudioFile.ModelRate;

    /// <summary>The longest part, in samples: 20 s.</summary>
    public const int MaxPart = 20 * AudioFile.ModelRate;

    /// <summary>A part is at least this long, but for the last: between the two lies the quietest place.</summary>
    private const int MinPart = MaxPart / 2;

    // A tenth of a second must be quiet, not a single glottal stop.
    private const int Window = AudioFile.ModelRate / 10;
    private const int Hop = Window / 10;

    /// <summary>Cuts.</summary>
    /// <param name="pcm">The recording.</param>
    /// <returns>Parts that follow each other without a gap, each of at most <see cref="MaxPart"/> samples.</returns>
    public static List<(int Start, int Length)> Cut(ReadOnlySpan<float> pcm)
    {
        var parts = new List<(int, int)>();
        int start = 0;
        while (pcm.Length - start > MaxPart)
        {
            int end = Quietest(pcm, start + MinPart, start + MaxPart);
            parts.Add((start, end - start));
            start = end;
        }

        parts.Add((start, pcm.Length - start));
        return parts;
    }

    /// <summary>The middle of the quietest window between two samples.</summary>
    private static int Quietest(ReadOnlySpan<float> pcm, int from, int to)
    {
        int best = from;
        double least = double.PositiveInfinity;
        for (int start = from; start + Window <= to; start += Hop)
        {
            double energy = 0;
            foreach (float sample in pcm.Slice(start, Window))
            {
                energy += (double)sample * sample;
            }

            if (energy < least)
            {
                (best, least) = (start, energy);
            }
        }

        return best + (Window / 2);
    }
}
