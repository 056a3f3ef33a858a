using StableQuant.Kernels;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Scores of queries for distances, against plain loops.</summary>
public class RelativeKeysTests
{
    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void A_score_gets_what_its_query_has_for_the_distance_to_the_key(InstructionSet path)
    {
        var random = new Random(6);
        float[] Values(int count, float size) => [.. Enumerable.Range(0, count).Select(_ => size * (random.NextSingle() * 2 - 1))];
        foreach ((int frames, int behind, int ahead) in new[] { (1, 0, 0), (1, 9, 20), (2, 1, 0), (15, 3, 5), (16, 15, 15), (17, 40, 2), (40, 0, 7), (50, 49, 49), (90, 12, 200), (200, 64, 8), (100, 15, 16) })
        {
            int start = random.Next(frames), rows = frames - start, count = behind + 1 + ahead;
            float[] scores = Values(rows * frames, 5), distances = Values(frames * count, 3);
            float[] added = InstructionSetProbe.Of(path).AddDistances(scores, start, frames, distances, behind);
            for (int i = 0; i < added.Length; i++)
            {
                (int query, int key) = (start + i / frames, i % frames);
                added[i].ShouldBe(scores[i] + distances[query * count + Math.Clamp(key - query, -behind, ahead) + behind]);
            }
        }
    }
}
