using StableQuant.Calibration.Import.Onnx;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>The same layers on values whose axes lie otherwise, or with operators between that do nothing.</summary>
public class LayoutVariationTests
{
    private readonly GraphEditor edit = GraphEditor.Open(TinyModel.LayerNorm);

    [Fact]
    public void Layer_norm_may_be_written_out_over_channels_first()
    {
        foreach (NodeProto norm in edit.All("LayerNormalization"))
        {
            string turned = Transpose(norm.Input[0]);
            string centered = edit.Add("Sub", turned, Mean(turned));
            string root = edit.Add("Sqrt", edit.Add("Add", Mean(edit.Add("Mul", centered, centered)), edit.Float(1e-5f)));
            string scaled = edit.Add("Mul", edit.Add("Div", centered, root), edit.Add("Unsqueeze", norm.Input[1], edit.Long(1)));
            edit.Remove(norm);
            TransposeTo(norm.Output[0], edit.Add("Add", scaled, edit.Add("Unsqueeze", norm.Input[2], edit.Long(1))));
        }

        ShouldBeTheSame();

        string Mean(string x) =>
            GraphEditor.With(GraphEditor.With(edit.AddTo(edit.Fresh("mean"), "ReduceMean", x), "axes", [1]), "keepdims", 1).Output[0];
    }

    [Fact]
    public void A_linear_layer_may_be_a_convolution_of_one_tap()
    {
        foreach (NodeProto product in edit.All("MatMul").Where(n => edit.Constant(n.Input[1]) is not null))
        {
            string weights = edit.Add("Unsqueeze", edit.Add("Transpose", product.Input[1]), edit.Long(2));
            edit.Remove(product);
            TransposeTo(product.Output[0], edit.Add("Conv", Transpose(product.Input[0]), weights));
        }

        ShouldBeTheSame();
    }

    [Fact]
    public void Padding_may_be_zeros_joined_to_both_ends()
    {
        NodeProto position = edit.All("Conv").Last();
        string x = position.Input[0];
        string ends = edit.Add("Concat", ("axis", 0), edit.Add("Slice", edit.Add("Shape", x), edit.Long(0), edit.Long(2)), edit.Long(8));
        string zeros = edit.Add("ConstantOfShape", ends);
        position.Input[0] = edit.Add("Concat", ("axis", 2), zeros, x, zeros);
        position.Attribute.Remove(GraphEditor.Attribute(position, "pads"));
        ShouldBeTheSame();
    }

    [Fact]
    public void Operators_that_do_nothing_are_passed_over()
    {
        foreach (NodeProto norm in edit.All("LayerNormalization"))
        {
            string result = norm.Output[0];
            norm.Output[0] = edit.Fresh("normed");
            string shaped = edit.Add("Reshape", norm.Output[0], edit.Add("Shape", norm.Output[0]));
            string kept = edit.Add("Dropout", shaped, edit.Float(0.1f), edit.Add("Cast", ("to", (long)DataType.Bool), edit.LongScalar(0)));
            string bounded = edit.Add("Clip", kept, edit.Float(float.MinValue), edit.Float(float.MaxValue));
            edit.AddTo(result, "Mul", edit.Add("Cast", ("to", (long)DataType.Float), bounded), edit.Float([1, 1, 1], 1));
        }

        ShouldBeTheSame();
    }

    private string Transpose(string x) => TransposeTo(edit.Fresh("turned"), x);

    private string TransposeTo(string output, string x) => GraphEditor.With(edit.AddTo(output, "Transpose", x), "perm", [0, 2, 1]).Output[0];

    private void ShouldBeTheSame() => TinyModel.Difference(TinyModel.Import(edit.Model), TinyModel.LayerNorm).ShouldBeLessThan(1e-5);
}
