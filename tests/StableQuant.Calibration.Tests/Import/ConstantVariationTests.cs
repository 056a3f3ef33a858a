using StableQuant.Calibration.Import.Onnx;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>Constants and shapes that unoptimised and older exports compute in the graph: they must fold away.</summary>
public class ConstantVariationTests
{
    private readonly GraphEditor edit = GraphEditor.Open(TinyModel.GroupNorm);

    [Fact]
    public void A_constant_may_be_cast_like_a_value_that_depends_on_the_audio()
    {
        foreach (NodeProto convolution in edit.All("Conv").Where(c => c.Input.Count == 2))
        {
            string channels = edit.Add("Slice", edit.Add("Shape", convolution.Input[1]), edit.Long(0), edit.Long(1));
            convolution.Input.Add(edit.Add("Expand", edit.Add("CastLike", edit.LongScalar(0), convolution.Input[0]), channels));
        }

        ShouldBeTheSame();
    }

    [Fact]
    public void A_value_that_depends_on_the_audio_may_be_cast_like_a_float_only()
    {
        NodeProto convolution = edit.All("Conv")[2];
        convolution.Input[0] = edit.Add("CastLike", convolution.Input[0], edit.Float(1));
        ShouldBeTheSame();

        convolution.Input[0] = edit.Add("CastLike", convolution.Input[0], edit.LongScalar(1));
        TinyModel.Refused(edit.Model).Message.ShouldContain("to integers");
    }

    [Fact]
    public void Pads_may_be_put_in_order_by_nodes()
    {
        // As PyTorch's F.pad is traced: (last axis left, right, …) filled up with zeros, reversed in pairs, transposed.
        NodeProto position = edit.All("Conv").Last();
        string given = edit.Long(8, 8);
        string missing = edit.Add("Sub", edit.Add("Mul", edit.LongScalar(3), edit.LongScalar(2)), edit.Add("Gather", edit.Add("Shape", given), edit.LongScalar(0)));
        string zeros = edit.Add("Cast", ("to", (long)DataType.Int64), edit.Add("ConstantOfShape", edit.Add("Unsqueeze", missing, edit.Long(0))));
        string pairs = edit.Add("Reshape", edit.Add("Concat", ("axis", 0), given, zeros), edit.Long(-1, 2));
        string reversed = edit.Add("Slice", pairs, edit.Long(-1), edit.Long(long.MinValue), edit.Long(0), edit.Long(-1));
        string turned = edit.Fresh("turned");
        GraphEditor.With(edit.AddTo(turned, "Transpose", reversed), "perm", [1, 0]);
        position.Input[0] = edit.Add("Pad", position.Input[0], edit.Add("Cast", ("to", (long)DataType.Int64), edit.Add("Reshape", turned, edit.Long(-1))));
        position.Attribute.Remove(GraphEditor.Attribute(position, "pads"));
        ShouldBeTheSame();
    }

    [Fact]
    public void Weight_normalisation_may_flatten_the_weights_and_bound_their_norm()
    {
        NodeProto position = edit.All("Conv").Last();
        string direction = position.Input[1], turned = Transpose(direction, 2, 1, 0);
        string flat = edit.Add("Reshape", turned, edit.Long(16, -1));
        string norm = Reduce("ReduceL2", flat, 1);
        string bounded = edit.Add("Clip", edit.Add("Max", norm, edit.Float(1e-12f)), edit.Float(0), edit.Float(float.MaxValue));
        string unit = Transpose(edit.Add("Reshape", edit.Add("Div", flat, bounded), edit.Add("Shape", turned)), 2, 1, 0);

        // Multiplied by the norm in another spelling: the square root of a sum of squares.
        string squares = Reduce("ReduceSumSquare", edit.Add("Abs", direction), 0, 1);
        position.Input[1] = edit.Add("Mul", unit, edit.Add("Expand", edit.Add("Sqrt", squares), edit.Add("Shape", direction)));
        ShouldBeTheSame();
    }

    [Fact]
    public void Axes_of_reductions_are_inputs_from_opset_18_on()
    {
        foreach (NodeProto norm in edit.All("LayerNormalization"))
        {
            string centered = edit.Add("Sub", norm.Input[0], Mean(norm.Input[0]));
            string root = edit.Add("Sqrt", edit.Add("Add", Mean(edit.Add("Pow", centered, edit.Float([1], 2))), edit.Float([1], 1e-5f)));
            edit.Remove(norm);
            edit.AddTo(norm.Output[0], "Add", edit.Add("Mul", edit.Add("Div", centered, root), norm.Input[1]), norm.Input[2]);
        }

        edit.Opset(18);
        ShouldBeTheSame();

        string Mean(string x) => edit.Add("ReduceMean", ("keepdims", 1), x, edit.Long(-1));
    }

    [Fact]
    public void Constants_of_functions_may_be_tensors_of_one_element()
    {
        foreach (NodeProto node in edit.Graph.Node.Where(n => n.OpType is "Add" or "Mul" or "Div").ToArray())
        {
            for (int i = 0; i < node.Input.Count; i++)
            {
                if (edit.Constant(node.Input[i]) is { Dims.Count: 0, DataType: (int)DataType.Float })
                {
                    node.Input[i] = edit.Float([1, 1], edit.Scalar(node.Input[i]));
                }
            }
        }

        ShouldBeTheSame();
    }

    private string Transpose(string x, params long[] axes) =>
        GraphEditor.With(edit.AddTo(edit.Fresh("turned"), "Transpose", x), "perm", axes).Output[0];

    private string Reduce(string op, string x, params long[] axes) =>
        GraphEditor.With(GraphEditor.With(edit.AddTo(edit.Fresh(op), op, x), "axes", axes), "keepdims", 1).Output[0];

    private void ShouldBeTheSame() => TinyModel.Difference(TinyModel.Import(edit.Model), TinyModel.GroupNorm).ShouldBeLessThan(1e-5);
}
