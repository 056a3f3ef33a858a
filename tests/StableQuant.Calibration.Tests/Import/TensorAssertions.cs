using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Tests.Import;

internal static class TensorAssertions
{
    public static void ShouldBeFloats(this Tensor tensor, int[] shape, params float[] values)
    {
        tensor.Shape.ShouldBe(shape);
        tensor.As<float>().ShouldBe(values);
    }

    public static void ShouldBeLongs(this Tensor tensor, int[] shape, params long[] values)
    {
        tensor.Shape.ShouldBe(shape);
        tensor.As<long>().ShouldBe(values);
    }
}
