using StableQuant.Classification;

namespace StableQuant.Runtime.Tests.Classification;

public class ClassLabelsTests
{
    private static readonly ClassLabels Exclusive = new(["a", "b", "c", "d"], areExclusive: true);

    private static readonly ClassLabels Independent = new(["a", "b"], areExclusive: false);

    [Fact]
    public void Classes_that_exclude_each_other_have_probabilities_by_softmax_row_by_row()
    {
        // ln 1, ln 2, ln 3, ln 4, at any level, and four equal ones.
        float[] values = [1000, 1000 + MathF.Log(2), 1000 + MathF.Log(3), 1000 + MathF.Log(4), -5, -5, -5, -5];
        Exclusive.ToProbabilities(values);
        values.Zip([0.1, 0.2, 0.3, 0.4, 0.25, 0.25, 0.25, 0.25], (value, expected) => Math.Abs(value - expected)).Max().ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void Classes_by_themselves_have_probabilities_by_sigmoid()
    {
        float[] values = [0, MathF.Log(3), -MathF.Log(3), 1e30f, -1e30f, float.NegativeInfinity];
        Independent.ToProbabilities(values);
        values.Zip([0.5, 0.75, 0.25, 1, 0, 0], (value, expected) => Math.Abs(value - expected)).Max().ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void The_most_probable_come_first_and_of_equal_ones_the_first()
    {
        int[] best = new int[3];
        Exclusive.Rank([0.2f, 0.3f, 0.2f, 0.3f], best).ShouldBe(3);
        best.ShouldBe([1, 3, 0]);
        Exclusive.Rank([4, 3, 2, 1], best).ShouldBe(3);
        best.ShouldBe([0, 1, 2]);

        int[] more = new int[6];
        Exclusive.Rank([1, 2, 3, 4], more).ShouldBe(4);
        more[..4].ShouldBe([3, 2, 1, 0]);
        Exclusive.Rank([1, 2, 3, 4], []).ShouldBe(0);
    }

    [Fact]
    public void Ranking_is_that_of_a_sort()
    {
        var labels = new ClassLabels([.. Enumerable.Range(0, 50).Select(i => $"{i}")], areExclusive: true);
        var random = new Random(1);
        for (int round = 0; round < 100; round++)
        {
            float[] values = [.. Enumerable.Range(0, 50).Select(_ => (float)random.Next(20))];
            int[] best = new int[random.Next(1, 51)];
            labels.Rank(values, best).ShouldBe(best.Length);
            best.ShouldBe(Enumerable.Range(0, 50).OrderByDescending(i => values[i]).Take(best.Length));
        }
    }

    [Fact]
    public void Neither_takes_memory()
    {
        float[] values = [1, 2, 3, 4];
        int[] best = new int[2];
        void Calls()
        {
            Exclusive.ToProbabilities(values);
            Exclusive.Rank(values, best);
        }

        Calls();
        Allocations.Of(Calls).ShouldBe(0);
    }

    [Fact]
    public void Rows_that_are_not_whole_and_names_that_are_none_are_refused()
    {
        Should.Throw<ArgumentException>(() => Exclusive.ToProbabilities(new float[5])).Message.ShouldContain("no whole rows of 4");
        Should.Throw<ArgumentException>(() => Exclusive.Rank(new float[3], new int[1])).Message.ShouldContain("3 probabilities for 4 classes");
        Should.Throw<ArgumentException>(() => new ClassLabels([], true));
        Should.Throw<ArgumentException>(() => new ClassLabels(["a", null!], true));
    }

    [Theory]
    [InlineData(new float[] { 1, 0 }, new float[] { 0, 5 }, 0)]
    [InlineData(new float[] { 1, 0 }, new float[] { 7, 0 }, 1)]
    [InlineData(new float[] { 1, 2 }, new float[] { -2, -4 }, -1)]
    [InlineData(new float[] { 1, 0 }, new float[] { 3, 4 }, 0.6)]
    [InlineData(new float[] { 0, 0 }, new float[] { 3, 4 }, 0)]
    public void Similarity_is_the_cosine_of_the_angle(float[] left, float[] right, double expected) =>
        CosineSimilarity.Of(left, right).ShouldBe(expected, 1e-12);

    [Fact]
    public void Embeddings_of_different_models_are_not_compared() =>
        Should.Throw<ArgumentException>(() => CosineSimilarity.Of(new float[3], new float[4])).Message.ShouldContain("of 3 and of 4 values");
}
