using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>A second input that masks padding: one utterance has none, so the mask is all ones and folds away.</summary>
public class AttentionMaskTests
{
    private readonly GraphEditor edit = GraphEditor.Open(TinyModel.GroupNorm);

    [Fact]
    public void A_mask_that_multiplies_the_hidden_states_folds_away()
    {
        string ones = FrameMask(Hidden());
        Multiply(Hidden(), edit.Add("Cast", ("to", (long)DataType.Float), edit.Add("Unsqueeze", ones, edit.Long(-1))));
        ShouldBeTheSame();
    }

    [Fact]
    public void A_mask_that_chooses_among_the_scores_folds_away()
    {
        string flags = edit.Add("Cast", ("to", (long)DataType.Bool), edit.Add("Reshape", FrameMask(Hidden()), edit.Long(1, 1, 1, -1)));
        foreach (NodeProto softmax in edit.All("Softmax"))
        {
            softmax.Input[0] = edit.Add("Where", flags, softmax.Input[0], edit.Float(float.MinValue));
        }

        ShouldBeTheSame();
    }

    [Fact]
    public void A_mask_that_is_left_out_where_all_its_elements_are_set_folds_away()
    {
        string flags = edit.Add("Cast", ("to", (long)DataType.Bool), FrameMask(Hidden()));
        string all = edit.Add("ReduceMin", ("keepdims", 0), flags);
        Multiply(Hidden(), edit.Add("Where", all, edit.Float(1), edit.Float(0)));
        edit.Opset(20);
        ShouldBeTheSame();
    }

    [Fact]
    public void A_mask_that_is_added_to_the_scores_folds_away()
    {
        string ones = edit.Add("Cast", ("to", (long)DataType.Float), edit.Add("Reshape", FrameMask(Hidden()), edit.Long(1, 1, 1, -1)));
        string penalty = edit.Add("Mul", edit.Add("Sub", edit.Float(1), ones), edit.Float(float.MinValue));
        foreach (NodeProto softmax in edit.All("Softmax"))
        {
            softmax.Input[0] = edit.Add("Add", softmax.Input[0], penalty);
        }

        ShouldBeTheSame();
    }

    [Theory]
    [InlineData((int)DataType.Float)]
    [InlineData((int)DataType.Bool)]
    [InlineData((int)DataType.Int32)]
    public void A_mask_may_be_of_any_type(int type)
    {
        string ones = FrameMask(Hidden());
        ValueInfoProto mask = edit.Graph.Input.Single(i => i.Name == "attention_mask");
        mask.Type.TensorType.ElemType = type;
        edit.Redirect(mask.Name, edit.Add("Cast", ("to", (long)DataType.Int64), mask.Name));
        edit.All("Cast").Last().Input[0] = mask.Name;
        Multiply(Hidden(), edit.Add("Cast", ("to", (long)DataType.Float), edit.Add("Unsqueeze", ones, edit.Long(-1))));
        ShouldBeTheSame();

        using TemporaryFolder folder = new();
        string path = folder.Write("masked.onnx", Google.Protobuf.MessageExtensions.ToByteArray(edit.Model));
        ExecutorCheck.Run(path, OnnxImporter.Import(path), threads: 1).Passed.ShouldBeTrue();
    }

    [Fact]
    public void Padding_may_be_overwritten_where_there_is_none()
    {
        string padding = edit.Add("Equal", FrameMask(Hidden()), edit.LongScalar(0));
        string places = edit.Fresh("places");
        GraphEditor.With(edit.AddTo(places, "Transpose", edit.Add("NonZero", padding)), "perm", [1, 0]);
        string updates = edit.Add("Expand", edit.Float(0), edit.Add("Concat", ("axis", 0), edit.Add("Slice", edit.Add("Shape", places), edit.Long(0), edit.Long(1)), edit.Long(64)));
        NodeProto position = edit.All("Transpose").Single(n => n.Output[0] == edit.All("Conv").Last().Input[0]);
        position.Input[0] = edit.Add("ScatterND", position.Input[0], places, updates);
        ShouldBeTheSame();
    }

    [Fact]
    public void A_mask_that_is_not_all_ones_is_refused()
    {
        string position = edit.Add("Range", edit.LongScalar(0), edit.Add("Gather", edit.Add("Shape", Hidden()), edit.LongScalar(1)), edit.LongScalar(1));
        string early = edit.Add("Cast", ("to", (long)DataType.Float), edit.Add("Less", position, edit.LongScalar(2)));
        Multiply(Hidden(), edit.Add("Unsqueeze", early, edit.Long(-1)));
        TinyModel.Refused(edit.Model).Message.ShouldContain("a constant that changes from frame to frame");
    }

    /// <summary>The projection's result [1, frames, channels], which the positional convolution reads.</summary>
    private string Hidden() => edit.Maker(edit.All("Conv").Last().Input[0]).Input[0];

    private void Multiply(string hidden, string mask)
    {
        NodeProto maker = edit.Maker(hidden);
        string unmasked = edit.Fresh("unmasked");
        maker.Output[0] = unmasked;
        edit.AddTo(hidden, "Mul", unmasked, mask);
        foreach (NodeProto shape in edit.All("Shape").Where(s => s.Input[0] == hidden))
        {
            shape.Input[0] = unmasked;
        }
    }

    /// <summary>Ones for the frames that unmasked samples reach, computed as exported models do: a one at the last frame, summed backwards.</summary>
    private string FrameMask(string hidden)
    {
        edit.Graph.Input.Add(new ValueInfoProto
        {
            Name = "attention_mask",
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Int64, Shape = edit.Graph.Input[0].Type.TensorType.Shape.Clone() } },
        });

        string length = edit.Add("ReduceSum", ("keepdims", 0), "attention_mask", edit.Long(-1));
        foreach ((int kernel, int stride) in new[] { (10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2) })
        {
            length = edit.Add("Add", edit.Add("Div", edit.Add("Sub", length, edit.LongScalar(kernel)), edit.LongScalar(stride)), edit.LongScalar(1));
        }

        string last = edit.Add("Reshape", edit.Add("Sub", length, edit.LongScalar(1)), edit.Long(1, 1));
        string place = edit.Add("Concat", ("axis", 1), edit.Add("Expand", edit.LongScalar(0), edit.Long(1, 1)), last);
        string shape = edit.Add("Concat", ("axis", 0), edit.Long(1), edit.Add("Gather", edit.Add("Shape", hidden), edit.Long(1)));
        string marked = edit.Add("ScatterND", edit.Add("Expand", edit.LongScalar(0), shape), place, edit.Long(1));
        return edit.Add("CumSum", ("reverse", 1), marked, edit.LongScalar(-1));
    }

    private void ShouldBeTheSame() => TinyModel.Difference(TinyModel.Import(edit.Model), TinyModel.GroupNorm).ShouldBeLessThan(1e-5);
}
