using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>Frames one after another for which a model decides for the same class.</summary>
/// <param name="Start">Where it starts, in seconds.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Label">The class.</param>
/// <param name="Probability">Its mean probability there.</param>
internal sealed record ActiveStretch(double Start, double End, string Label, double Probability)
{
    /// <summary>Finds all stretches, in order of their starts. Where one class at a time is right it is the most probable, else each whose probability is above a half.</summary>
    /// <param name="classes">The classes.</param>
    /// <param name="probabilities">[frames, classes].</param>
    /// <param name="frameSeconds">Seconds from one frame to the next.</param>
    /// <param name="seconds">Length of the recording.</param>
    public static IReadOnlyList<ActiveStretch> Find(Classes classes, float[] probabilities, double frameSeconds, double seconds)
    {
        int width = classes.Labels.Count, frames = probabilities.Length / width;
        bool IsActive(int frame, int label)
        {
            ReadOnlySpan<float> row = probabilities.AsSpan(frame * width, width);
            return classes.Exclusive ? row.IndexOf(row.ToArray().Max()) == label : row[label] > 0.5f;
        }

        var found = new List<ActiveStretch>();
        for (int label = 0; label < width; label++)
        {
            for (int start = 0; start < frames; start++)
            {
                int end = start;
                double sum = 0;
                while (end < frames && IsActive(end, label))
                {
                    sum += probabilities[(end * width) + label];
                    end++;
                }

                if (end > start)
                {
                    found.Add(new ActiveStretch(start * frameSeconds, end == frames ? seconds : end * frameSeconds, classes.Labels[label], sum / (end - start)));
                    start = end;
                }
            }
        }

        return [.. found.OrderBy(stretch => stretch.Start)];
    }
}
