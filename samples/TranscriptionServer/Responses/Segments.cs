using StableQuant.Recognition;
using StableQuant.Subtitles;

namespace TranscriptionServer.Responses;

/// <summary>Groups words into segments, as subtitles are: the same words that a subtitle shows are a segment.</summary>
internal static class Segments
{
    // The least confidence whose logarithm is told.
    private const double Least = 1e-9;

    public static SegmentBody[] Of(IReadOnlyList<Word> words)
    {
        IReadOnlyList<SubtitleCue> cues = CueGrouping.Group(words);
        var segments = new List<SegmentBody>();
        int next = 0;
        for (int i = 0; i < cues.Count; i++)
        {
            int first = next;
            while (next < words.Count && (i + 1 == cues.Count || words[next].Start < cues[i + 1].Start))
            {
                next++;
            }

            Word[] spoken = [.. words.Skip(first).Take(next - first)];
            segments.Add(new SegmentBody(
                i, 0, spoken[0].Start, spoken[^1].End, cues[i].Text.Replace('\n', ' '), [], 0, spoken.Average(word => Math.Log(Math.Max(word.Confidence, Least))), 1, 0));
        }

        return [.. segments];
    }
}
