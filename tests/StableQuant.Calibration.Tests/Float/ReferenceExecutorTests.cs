using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Tests.Import;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Float;

/// <summary>Each operation against values worked out by hand.</summary>
public class ReferenceExecutorTests
{
    [Fact]
    public void A_convolution_strides_pads_and_keeps_groups_apart()
    {
        // One channel into two, then two groups: the weights are [outputs, kernel, inputs of one group].
        FloatModel model = Model(
            (new Convolution("a", "", Operation.Audio, 1, 2, 1, 1, 0, 0, 1), new([1, 10], [0, 1])),
            (new Convolution("b", "", "a", 2, 2, 2, 2, 1, 0, 2), new([1, 2, 3, 4], null)));
        float[] result = new ReferenceExecutor(model).Run([1, 2, 3], out int frames);
        frames.ShouldBe(2);

        // Channel 0 is 1, 2, 3; channel 1 is 11, 21, 31; one zero frame before them.
        result.ShouldBe([1 * 0 + 2 * 1, 3 * 0 + 4 * 11, 1 * 2 + 2 * 3, 3 * 21 + 4 * 31]);
    }

    [Fact]
    public void Norms_use_the_biased_variance()
    {
        FloatModel layer = Model(
            (new Linear("a", "", Operation.Audio, 1, 2), new([1, 3], null)),
            (new LayerNorm("b", "", "a", 2, 0), new([2, 2], [0, 1])));
        new ReferenceExecutor(layer).Run([5], out _).ShouldBe([-2, 3]);

        FloatModel group = Model((new GroupNorm("a", "", Operation.Audio, 1, 0), new([1], [10])));
        new ReferenceExecutor(group).Run([1, 3, 1, 3], out _).ShouldBe([9, 11, 9, 11]);
    }

    [Fact]
    public void Attention_weighs_values_head_by_head()
    {
        // q = k = v = (x, 0·x): with scale 0 every frame weighs alike.
        FloatModel model = Model(
            (new Linear("a", "", Operation.Audio, 1, 2), new([1, 2], null)),
            (new Attention("b", "", "a", "a", "a", 2, 1, 0), null));
        new ReferenceExecutor(model).Run([1, 3], out _).ShouldBe([2, 4, 2, 4]);

        FloatModel sharp = Model(
            (new Linear("a", "", Operation.Audio, 1, 1), new([1], null)),
            (new Attention("b", "", "a", "a", "a", 1, 1, 100), null));
        new ReferenceExecutor(sharp).Run([1, 3], out _).ShouldBe([3, 3]);
    }

    [Fact]
    public void The_observer_sees_every_result_with_its_shape()
    {
        FloatModel model = OnnxImporter.Import(TinyModel.PathOf(TinyModel.GroupNorm));
        List<string> seen = [];
        ReferenceExecutor executor = new(model)
        {
            Observer = (name, values, frames, channels) =>
            {
                values.Length.ShouldBe(frames * channels);
                seen.Add(name);
            },
        };
        executor.Run(TinyModel.Input(TinyModel.GroupNorm), out _);
        seen.ShouldBe(model.Operations.Select(o => o.Name));
    }

    [Fact]
    public void An_utterance_that_is_too_short_is_refused_by_name()
    {
        FloatModel model = OnnxImporter.Import(TinyModel.PathOf(TinyModel.GroupNorm));
        Should.Throw<ArgumentException>(() => new ReferenceExecutor(model).Run(new float[399], out _)).Message.ShouldContain("too short");
        new ReferenceExecutor(model).Run(new float[400], out int frames);
        frames.ShouldBe(1);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1e-10, 1.1283791670955126e-10)]
    [InlineData(0.5, 0.5204998778130465)]
    [InlineData(1, 0.8427007929497149)]
    [InlineData(2.4999, 0.9995928300996666)]
    [InlineData(2.5, 0.9995930479825550)]
    [InlineData(4, 0.9999999845827421)]
    [InlineData(-1, -0.8427007929497149)]
    [InlineData(10, 1)]
    public void The_error_function_is_accurate(double x, double expected) =>
        ErrorFunction.Erf(x).ShouldBe(expected, 1e-15 + 1e-14 * Math.Abs(expected));

    private static FloatModel Model(params (Operation Operation, FloatParameters? Parameters)[] operations) => new()
    {
        Name = "worked",
        Operations = [.. operations.Select(o => o.Operation)],
        Parameters = operations.Where(o => o.Parameters is not null).ToDictionary(o => o.Operation.Name, o => o.Parameters!),
    };
}
