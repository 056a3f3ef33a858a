using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>The examples of the ONNX specification.</summary>
public class IndexingTests
{
    private static readonly Tensor Cube = new Tensor<long>([2, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7]);

    [Fact]
    public void GatherND_takes_elements()
    {
        Tensor square = new Tensor<long>([2, 2], [0, 1, 2, 3]);
        Check(Indexing.GatherND(square, new Tensor<long>([2, 2], [0, 0, 1, -1]), 0), [2], 0, 3);
    }

    [Fact]
    public void GatherND_takes_slices() =>
        Check(Indexing.GatherND(Cube, new Tensor<long>([2, 1, 2], [0, 1, 1, 0]), 0), [2, 1, 2], 2, 3, 4, 5);

    [Fact]
    public void GatherND_takes_from_each_batch() =>
        Check(Indexing.GatherND(Cube, new Tensor<long>([2, 1], [1, 0]), 1), [2, 2], 2, 3, 4, 5);

    [Fact]
    public void GatherND_of_nothing_is_empty() =>
        Check(Indexing.GatherND(Cube, new Tensor<long>([0, 3], []), 0), [0]);

    [Fact]
    public void GatherElements_follows_one_axis() =>
        Check(Indexing.GatherElements(new Tensor<long>([3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]), new Tensor<long>([2, 3], [1, 2, 0, 2, 0, 0]), 0), [2, 3], 4, 8, 3, 7, 2, 3);

    [Fact]
    public void ScatterND_overwrites_elements() =>
        Check(
            Indexing.ScatterND(new Tensor<long>([8], [1, 2, 3, 4, 5, 6, 7, 8]), new Tensor<long>([4, 1], [4, 3, 1, 7]), new Tensor<long>([4], [9, 10, 11, 12])),
            [8], 1, 11, 3, 10, 9, 6, 7, 12);

    [Fact]
    public void ScatterElements_follows_one_axis() =>
        Check(
            Indexing.ScatterElements(new Tensor<long>([1, 5], [1, 2, 3, 4, 5]), new Tensor<long>([1, 2], [1, -2]), new Tensor<long>([1, 2], [11, 21]), 1),
            [1, 5], 1, 11, 3, 21, 5);

    [Fact]
    public void An_index_beyond_the_end_is_an_error() =>
        Should.Throw<OperatorException>(() => Indexing.GatherND(Cube, new Tensor<long>([1, 3], [0, 0, 2]), 0));

    private static void Check(Tensor actual, int[] shape, params long[] values)
    {
        actual.Shape.ShouldBe(shape);
        actual.As<long>().ShouldBe(values);
    }
}
