using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>The operators on constants, against worked examples.</summary>
public class EvaluatorTests
{
    [Fact]
    public void Reshape_copies_and_infers_dimensions()
    {
        Evaluate("Reshape", [Numbers([2, 3, 4]), Longs(0, -1)]).Shape.ShouldBe([2, 12]);
        Evaluate("Reshape", [new Tensor<float>([0, 3], []), Longs(3, 0)], ("allowzero", 1)).Shape.ShouldBe([3, 0]);
        Fails("Reshape", [Numbers([2, 3]), Longs(4, -1)]).ShouldContain("cannot make [2, 3] fit");
        Fails("Reshape", [Numbers([2, 3]), Longs(-1, -1)]).ShouldContain("two dimensions open");
    }

    [Fact]
    public void Transpose_moves_axes() =>
        Evaluate("Transpose", [Numbers([2, 3])]).ShouldBeFloats([3, 2], 0, 3, 1, 4, 2, 5);

    [Fact]
    public void Squeeze_and_Unsqueeze_count_axes_from_the_end()
    {
        Evaluate("Unsqueeze", [Numbers([2, 3]), Longs(-1, 0)]).Shape.ShouldBe([1, 2, 3, 1]);
        Evaluate("Squeeze", [Numbers([1, 2, 1, 3]), Longs(-2)]).Shape.ShouldBe([1, 2, 3]);
        Evaluate("Squeeze", [Numbers([1, 2, 1, 3])]).Shape.ShouldBe([2, 3]);
        Fails("Squeeze", [Numbers([2, 3]), Longs(0)]).ShouldContain("that is not 1");
        Fails("Squeeze", [Numbers([2, 3]), Longs(7)]).ShouldContain("axis 7");
    }

    [Fact]
    public void Flatten_cuts_the_shape_in_two() => Evaluate("Flatten", [Numbers([2, 3, 4])], ("axis", 2)).Shape.ShouldBe([6, 4]);

    [Fact]
    public void Slice_clamps_steps_and_walks_backwards()
    {
        Tensor ten = Numbers([10]);
        Evaluate("Slice", [ten, Longs(2), Longs(long.MaxValue), Longs(0), Longs(3)]).ShouldBeFloats([3], 2, 5, 8);
        Evaluate("Slice", [ten, Longs(-1), Longs(long.MinValue), Longs(0), Longs(-4)]).ShouldBeFloats([3], 9, 5, 1);
        Evaluate("Slice", [ten, Longs(-3), Longs(-1)]).ShouldBeFloats([2], 7, 8);
        Evaluate("Slice", [ten, Longs(5), Longs(2)]).Shape.ShouldBe([0]);
        Evaluate("Slice", [Numbers([2, 3]), Longs(1), Longs(2), Longs(-1)]).ShouldBeFloats([2, 1], 1, 4);
        Fails("Slice", [ten, Longs(0), Longs(1), Longs(0), Longs(0)]).ShouldContain("step is 0");
    }

    [Fact]
    public void Gather_takes_rows_and_drops_the_axis_for_a_scalar()
    {
        Evaluate("Gather", [Numbers([2, 3]), Longs(2, -3)], ("axis", 1)).ShouldBeFloats([2, 2], 2, 0, 5, 3);
        Evaluate("Gather", [Numbers([2, 3]), Tensor.Scalar(1L)]).ShouldBeFloats([3], 3, 4, 5);
        Fails("Gather", [Numbers([2, 3]), Longs(2)]).ShouldContain("axis 2");
    }

    [Fact]
    public void Concat_and_Split_are_inverse()
    {
        Tensor joined = Evaluate("Concat", [Numbers([2, 1]), Numbers([2, 2])], ("axis", -1));
        joined.ShouldBeFloats([2, 3], 0, 0, 1, 1, 2, 3);
        NodeProto split = new() { OpType = "Split", Output = { "a", "b" }, Attribute = { Attribute("axis", 1) } };
        Tensor[] parts = StaticEvaluator.Evaluate(new OnnxNode(split, 18), [joined, Longs(1, 2)], null!);
        parts[0].ShouldBeFloats([2, 1], 0, 1);
        parts[1].ShouldBeFloats([2, 2], 0, 1, 2, 3);
        Tensor[] uneven = StaticEvaluator.Evaluate(new OnnxNode(split, 18), [joined], null!);
        uneven[0].Shape.ShouldBe([2, 2]);
        uneven[1].ShouldBeFloats([2, 1], 1, 3);
    }

    [Fact]
    public void Expand_and_Tile_repeat()
    {
        Evaluate("Expand", [Numbers([2, 1]), Longs(2, 1, 3)]).ShouldBeFloats([2, 2, 3], 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1);
        Evaluate("Tile", [Numbers([1, 2]), Longs(2, 2)]).ShouldBeFloats([2, 4], 0, 1, 0, 1, 0, 1, 0, 1);
        Fails("Expand", [Numbers([2]), Longs(3)]).ShouldContain("do not broadcast");
    }

    [Fact]
    public void Pad_adds_zeros_and_cuts() =>
        Evaluate("Pad", [Tensor.Vector(1f, 2f, 3f), Longs(2, -1)]).ShouldBeFloats([4], 0, 0, 1, 2);

    [Fact]
    public void Integers_divide_towards_zero_and_Mod_follows_the_divisor()
    {
        Evaluate("Div", [Longs(7, -7, 7), Longs(2, 2, -2)]).ShouldBeLongs([3], 3, -3, -3);
        Evaluate("Mod", [Longs(7, -7, 7), Longs(3, 3, -3)]).ShouldBeLongs([3], 1, 2, -2);
        Evaluate("Mod", [Longs(-7), Longs(3)], ("fmod", 1)).ShouldBeLongs([1], -1);
        Fails("Div", [Longs(1), Longs(0)]).ShouldContain("divides by zero");
        Evaluate("Div", [Longs(long.MinValue), Longs(-1)]).ShouldBeLongs([1], long.MinValue);
        Evaluate("Pow", [Longs(3), Longs(4)]).ShouldBeLongs([1], 81);
    }

    [Fact]
    public void Arithmetic_broadcasts() =>
        Evaluate("Sub", [Numbers([2, 1]), Tensor.Vector(1f, 2f)]).ShouldBeFloats([2, 2], -1, -2, 0, -1);

    [Fact]
    public void Comparisons_and_logic_make_masks()
    {
        Tensor less = Evaluate("Less", [Longs(1, 2, 3), Longs(2)]);
        less.As<bool>().ShouldBe([true, false, false]);
        Evaluate("Not", [less]).As<bool>().ShouldBe([false, true, true]);
        Evaluate("Or", [less, Evaluate("Equal", [Longs(1, 2, 3), Longs(3)])]).As<bool>().ShouldBe([true, false, true]);
        Evaluate("Where", [less, Tensor.Scalar(0f), Tensor.Scalar(float.NegativeInfinity)])
            .ShouldBeFloats([3], 0, float.NegativeInfinity, float.NegativeInfinity);
    }

    [Fact]
    public void Cast_drops_fractions()
    {
        Evaluate("Cast", [Tensor.Vector(1.9f, -1.9f)], ("to", 7)).ShouldBeLongs([2], 1, -1);
        Evaluate("Cast", [Longs(0, 2)], ("to", 9)).As<bool>().ShouldBe([false, true]);
        Fails("Cast", [Longs(0)], ("to", 8)).ShouldContain("element type 8");
    }

    [Fact]
    public void Reductions_take_axes_from_attribute_or_input()
    {
        Tensor x = Tensor.Vector(3f, 4f, 6f, 8f).Reshape([2, 2]);
        NodeProto attribute = new() { OpType = "ReduceL2", Attribute = { new AttributeProto { Name = "axes", Ints = { 1 } }, Attribute("keepdims", 0) } };
        StaticEvaluator.Evaluate(new OnnxNode(attribute, 17), [x], null!)[0].ShouldBeFloats([2], 5, 10);
        Evaluate("ReduceL2", [x, Longs(-1)]).ShouldBeFloats([2, 1], 5, 10);
        Evaluate("ReduceMean", [x], ("keepdims", 0)).ShouldBeFloats([], 5.25f);
        Evaluate("ReduceSum", [x, new Tensor<long>([0], [])], ("noop_with_empty_axes", 1)).Shape.ShouldBe([2, 2]);
        Evaluate("ReduceMax", [Longs(3, 9, 2)], ("keepdims", 0)).ShouldBeLongs([], 9);
        Evaluate("ReduceProd", [Longs(3, 9, 2)], ("keepdims", 0)).ShouldBeLongs([], 54);
    }

    [Fact]
    public void Ranges_masks_and_running_sums()
    {
        Evaluate("Range", [Tensor.Scalar(5L), Tensor.Scalar(0L), Tensor.Scalar(-2L)]).ShouldBeLongs([3], 5, 3, 1);
        Fails("Range", [Tensor.Scalar(0L), Tensor.Scalar(1L), Tensor.Scalar(0L)]).ShouldContain("no sensible length");
        Evaluate("CumSum", [Longs(1, 2, 3), Tensor.Scalar(0L)]).ShouldBeLongs([3], 1, 3, 6);
        Evaluate("CumSum", [Longs(1, 2, 3), Tensor.Scalar(0L)], ("reverse", 1), ("exclusive", 1)).ShouldBeLongs([3], 5, 3, 0);
        Evaluate("Trilu", [Numbers([2, 2])], ("upper", 0)).ShouldBeFloats([2, 2], 0, 0, 2, 3);
        Evaluate("NonZero", [Longs(0, 5, 0, 7)]).ShouldBeLongs([1, 2], 1, 3);
        Evaluate("ScatterND", [Numbers([2, 2]), new Tensor<long>([1, 2], [1, 0]), Tensor.Vector(9f)]).ShouldBeFloats([2, 2], 0, 1, 9, 3);
        Evaluate("ConstantOfShape", [Longs(2)]).ShouldBeFloats([2], 0, 0);
    }

    [Fact]
    public void Shape_takes_a_part_of_the_shape()
    {
        NodeProto node = new() { OpType = "Shape", Attribute = { Attribute("start", 1), Attribute("end", -1) } };
        StaticEvaluator.Measure(new OnnxNode(node, 18), [2, 3, 4]).ShouldBeLongs([1], 3);
        StaticEvaluator.Measure(new OnnxNode(new NodeProto { OpType = "Size" }, 18), [2, 3, 4]).ShouldBeLongs([], 24);
    }

    [Fact]
    public void Clip_bounds_from_one_side_or_both()
    {
        Evaluate("Clip", [Tensor.Vector(-2f, 0f, 2f), Tensor.Scalar(-1f)]).ShouldBeFloats([3], -1, 0, 2);
        Evaluate("Clip", [Longs(-2, 0, 2), Tensor.Scalar(-1L), Tensor.Scalar(1L)]).ShouldBeLongs([3], -1, 0, 1);
    }

    private static Tensor Evaluate(string op, Tensor?[] inputs, params (string Name, long Value)[] attributes)
    {
        NodeProto proto = new() { OpType = op, Output = { "y" }, Attribute = { attributes.Select(a => Attribute(a.Name, a.Value)) } };
        return StaticEvaluator.Evaluate(new OnnxNode(proto, 18), inputs, null!)[0];
    }

    private static string Fails(string op, Tensor?[] inputs, params (string Name, long Value)[] attributes) =>
        Should.Throw<OperatorException>(() => Evaluate(op, inputs, attributes)).Message;

    private static AttributeProto Attribute(string name, long value) => new() { Name = name, I = value };

    private static Tensor<float> Numbers(int[] shape) => new(shape, [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(i => (float)i)]);

    private static Tensor<long> Longs(params long[] values) => Tensor.Vector(values);
}
