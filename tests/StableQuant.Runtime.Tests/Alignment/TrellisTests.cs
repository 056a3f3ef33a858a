using StableQuant.Alignment;
using StableQuant.Decoding;
using StableQuant.Kernels.Layers;

namespace StableQuant.Runtime.Tests;

public class TrellisTests
{
    private static readonly CtcVocabulary Vocabulary = new(["<pad>", "|", "A", "B", "C", "D"], blank: 0, wordDelimiter: 1);

    [Theory]
    [InlineData("AB", false, false)]
    [InlineData("AA", false, false)]
    [InlineData("A B", false, false)]
    [InlineData("A A", true, false)]
    [InlineData("AB C", true, true)]
    [InlineData("A5", false, false)]
    [InlineData("B A C", false, true)]
    [InlineData("55", true, false)]
    [InlineData("", true, true)]
    public void The_path_is_the_best_of_all_paths_by_the_definition_in_double(string spoken, bool skipsSpeech, bool skipsText)
    {
        for (int seed = 0; seed < 12; seed++)
        {
            const int Frames = 6;
            float[] logits = RandomLogits(Frames, seed, 4);
            (int[] path, _, _) = Solve(spoken, logits, skipsSpeech, skipsText);
            var states = new States(spoken, logits, skipsSpeech, skipsText);
            double found = states.Cost([.. path.Select(s => s >= 0 ? (2 * s) + 1 : 2 * (-1 - s))]);
            double best = states.AllPaths(Frames).Min(states.Cost);

            // Each frame is rounded to 1/512 nat.
            found.ShouldBe(best, (Frames + 1) / 512.0, $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(2000, 300, false, false)]
    [InlineData(2000, 300, true, true)]
    [InlineData(3000, 1100, false, true)]
    [InlineData(150, 2500, true, true)]
    [InlineData(1, 1, false, false)]
    [InlineData(64, 10, false, false)]
    [InlineData(129, 40, true, false)]
    public void The_path_costs_what_a_dense_Viterbi_finds(int frames, int letters, bool skipsSpeech, bool skipsText)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            var random = new Random(seed);
            string spoken = string.Concat(Enumerable.Range(0, letters).Select(i => i % 7 == 6 ? " " : "ABCD5"[random.Next(5)].ToString()));
            float[] logits = RandomLogits(frames, seed + 100, 8);
            (int[] path, FrameCosts costs, TrellisGraph graph) = Solve(spoken, logits, skipsSpeech, skipsText);
            long dense = DenseViterbi(costs, graph, frames);
            PathCost(path, costs, graph).ShouldBe(dense);
        }
    }

    [Fact]
    public void There_is_no_path_where_frames_are_too_few_unless_text_may_be_skipped()
    {
        Solve("AAA", RandomLogits(4, 1, 1), false, false).Path.ShouldBeEmpty();
        Solve("AAA", RandomLogits(5, 1, 1), false, false).Path.Length.ShouldBe(5);
        Solve("AAA", RandomLogits(4, 1, 1), false, true).Path.Length.ShouldBe(4);
    }

    private static float[] RandomLogits(int frames, int seed, double spread)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, frames * Vocabulary.Count).Select(_ => (float)(random.NextDouble() * spread))];
    }

    private static (int[] Path, FrameCosts Costs, TrellisGraph Graph) Solve(string spoken, float[] logits, bool skipsSpeech, bool skipsText)
    {
        int frames = logits.Length / Vocabulary.Count;
        var text = new AlignmentText(spoken, Vocabulary);
        var costs = new FrameCosts(Vocabulary, text, frames, skipsSpeech);
        var graph = new TrellisGraph(text, costs.Columns, skipsText);
        var trellis = new CheckpointedTrellis(graph, costs);
        for (int frame = 0; frame < frames; frame++)
        {
            costs.Add(logits.AsSpan(frame * Vocabulary.Count, Vocabulary.Count));
            trellis.Advance();
        }

        var path = new int[frames];
        return trellis.TryFindPath(path) ? (path, costs, graph) : ([], costs, graph);
    }

    // States in one row: blank, token, blank, … blank. All costs in a table of frames × states, no memory saved.
    private static long DenseViterbi(FrameCosts costs, TrellisGraph graph, int frames)
    {
        int states = (2 * graph.Tokens) + 1;
        var before = new long[states];
        Array.Fill(before, long.MaxValue / 2);
        before[0] = 0;
        Skip(before);
        for (int frame = 0; frame < frames; frame++)
        {
            var now = new long[states];
            for (int s = 0; s < states; s++)
            {
                long best = before[s];
                best = s > 0 ? Math.Min(best, before[s - 1]) : best;
                best = s % 2 == 1 && s > 1 && graph.SameAsBefore[s / 2] == 0 ? Math.Min(best, before[s - 2]) : best;
                now[s] = best + costs[frame][Column(graph, s)];
            }

            Skip(now);
            before = now;
        }

        return Math.Min(before[^1], states > 1 ? before[^2] : long.MaxValue);

        void Skip(long[] row)
        {
            foreach ((int first, int end, int cost) in graph.Skips)
            {
                row[2 * end] = Math.Min(row[2 * end], row[2 * first] + cost);
            }
        }
    }

    private static long PathCost(int[] path, FrameCosts costs, TrellisGraph graph)
    {
        long sum = 0;
        int at = 0;
        for (int frame = 0; frame <= path.Length; frame++)
        {
            int state = frame == path.Length ? Math.Max(at, (2 * graph.Tokens) - 1) : path[frame] >= 0 ? (2 * path[frame]) + 1 : 2 * (-1 - path[frame]);
            bool step = state == at || state == at + 1 || (state == at + 2 && state % 2 == 1 && graph.SameAsBefore[state / 2] == 0);
            if (!step)
            {
                // Over words, from a blank of the frame before or into a blank of this frame.
                (int, int, int Cost)[] skips = [.. graph.Skips.Where(skip => 2 * skip.First >= at && 2 * skip.End <= state + (frame == path.Length ? 1 : 0))];
                skips.ShouldNotBeEmpty($"from {at} to {state}");
                sum += skips.Sum(skip => skip.Cost);
            }

            sum += frame < path.Length ? costs[frame][Column(graph, state)] : 0;
            at = state;
        }

        return sum;
    }

    private static int Column(TrellisGraph graph, int state) =>
        state % 2 == 1 ? graph.Columns[state / 2] : graph.IsGap[state / 2] != 0 ? FrameCosts.Gap : FrameCosts.Blank;

    /// <summary>The states of a text and their costs, from the definition, in double.</summary>
    private sealed class States(string spoken, float[] logits, bool skipsSpeech, bool skipsText)
    {
        private readonly string letters = spoken.Replace(" ", "", StringComparison.Ordinal);
        private readonly HashSet<int> gaps = Gaps(spoken);

        public IEnumerable<int[]> AllPaths(int frames)
        {
            int states = (2 * letters.Length) + 1;
            for (int code = 0; code < Math.Pow(states, frames); code++)
            {
                int rest = code;
                var path = new int[frames];
                for (int i = 0; i < frames; i++, rest /= states)
                {
                    path[i] = rest % states;
                }

                if (path.Zip(path.Skip(1)).All(pair => pair.First <= pair.Second))
                {
                    yield return path;
                }
            }
        }

        public double Cost(int[] path)
        {
            double sum = Enumerable.Range(0, path.Length).Sum(frame => Frame(frame, path[frame])) + Step(0, path[0], true);
            for (int i = 1; i < path.Length; i++)
            {
                sum += Step(path[i - 1], path[i], false);
            }

            return sum + Last(path[^1]);
        }

        // The cheapest way from a state to the next frame's; states before the first frame are the first blank's.
        private double Step(int from, int to, bool first)
        {
            bool plain = to == from || to == from + 1 || (to == from + 2 && to % 2 == 1 && (letters[to / 2] != letters[from / 2] || letters[to / 2] == '5') && (!first || from > 0));
            double best = plain ? 0 : double.PositiveInfinity;
            foreach ((int a, int b, double cost) in Skips())
            {
                // Skipped in the frame before, then a step; or a step, then skipped in this frame.
                best = Math.Min(best, from == 2 * a && b * 2 > from ? cost + Step(2 * b, to, first) : best);
                best = Math.Min(best, to == 2 * b && 2 * a >= from ? cost + Step(from, 2 * a, first) : best);
            }

            return best;
        }

        private double Last(int state)
        {
            int end = 2 * letters.Length;
            return state == end || state == end - 1 ? 0 : double.PositiveInfinity;
        }

        private IEnumerable<(int First, int End, double Cost)> Skips()
        {
            int at = 0;
            foreach (string word in skipsText ? spoken.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [])
            {
                yield return (at, at + word.Length, 4 + (2 * word.Length));
                at += word.Length;
            }
        }

        private double Frame(int frame, int state)
        {
            double[] p = Softmax(frame);
            double best = p.Max();
            if (state % 2 == 1)
            {
                char letter = letters[state / 2];
                return letter == '5' ? Math.Min(-Math.Log(p[2..].Max()), -Math.Log(p[0]) + 0.5) : -Math.Log(p[2 + letter - 'A']);
            }

            bool gap = gaps.Contains(state / 2);
            double cost = -Math.Log(gap ? p[0] + p[1] : p[0]);
            return gap && skipsSpeech ? Math.Min(cost, -Math.Log(best) + 1) : cost;
        }

        private double[] Softmax(int frame)
        {
            double[] e = [.. logits.Skip(frame * 6).Take(6).Select(logit => Math.Exp(logit))];
            return [.. e.Select(x => x / e.Sum())];
        }

        private static HashSet<int> Gaps(string spoken)
        {
            HashSet<int> gaps = [0];
            int at = 0;
            foreach (string word in spoken.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                gaps.Add(at += word.Length);
            }

            return gaps;
        }
    }
}
