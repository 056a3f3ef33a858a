using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Graph;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>Attention as other libraries and other versions of the exporters write it: the same operations, the same logits.</summary>
public class AttentionVariationTests
{
    private const int Heads = 4;
    private const int HeadSize = 16;
    private const int Channels = Heads * HeadSize;

    private readonly GraphEditor edit = GraphEditor.Open(TinyModel.GroupNorm);

    [Fact]
    public void Batch_and_heads_may_be_one_axis_and_the_queries_scaled()
    {
        Rewrite((query, key, value) =>
        {
            string q = Flat(edit.Add("Mul", query, edit.Float([1], 0.25f))), k = Flat(key), v = Flat(value);
            string attended = edit.Add("MatMul", Softmax(edit.Add("MatMul", q, Transpose(k, 0, 2, 1))), v);
            string split = edit.Add("Reshape", attended, edit.Long(1, Heads, -1, HeadSize));
            return Merge(Transpose(split, 0, 2, 1, 3));
        });
        ShouldBeTheSame();

        string Flat(string x) => edit.Add("Reshape", Split(x), edit.Long(Heads, -1, HeadSize));
    }

    [Fact]
    public void Frames_may_come_before_the_batch()
    {
        Rewrite((query, key, value) =>
        {
            string q = FramesFirst(query), k = FramesFirst(key), v = FramesFirst(value);
            string scores = edit.Add("Div", edit.Add("MatMul", q, Transpose(k, 0, 2, 1)), edit.Float(4));
            string attended = Transpose(edit.Add("MatMul", Softmax(scores), v), 1, 0, 2);
            return Transpose(edit.Add("Reshape", attended, edit.Long(-1, 1, Channels)), 1, 0, 2);
        });
        ShouldBeTheSame();

        string FramesFirst(string x) => Transpose(edit.Add("Reshape", Transpose(x, 1, 0, 2), edit.Long(-1, Heads, HeadSize)), 1, 0, 2);
    }

    [Fact]
    public void The_largest_score_may_be_subtracted()
    {
        Rewrite((query, key, value) =>
        {
            string scores = edit.Add("MatMul", edit.Add("Mul", edit.Float(0.25f), Split(query)), Transpose(Split(key), 0, 1, 3, 2));
            NodeProto largest = edit.AddTo(edit.Fresh("largest"), "ReduceMax", scores);
            GraphEditor.With(GraphEditor.With(largest, "axes", [3]), "keepdims", 1);
            string softmax = Softmax(edit.Add("Sub", scores, largest.Output[0]));
            return Merge(Transpose(edit.Add("MatMul", softmax, Split(value)), 0, 2, 1, 3));
        });
        ShouldBeTheSame();
    }

    [Fact]
    public void The_scale_may_be_computed_from_a_shape()
    {
        Rewrite((query, key, value) =>
        {
            string q = Split(query);
            string size = edit.Add("Cast", ("to", (long)DataType.Float), edit.Add("Slice", edit.Add("Shape", q), edit.Long(-1), edit.Long(long.MaxValue)));
            string factor = edit.Add("Sqrt", edit.Add("Div", edit.Float([1], 1), edit.Add("Sqrt", size)));
            string scores = edit.Add("MatMul", edit.Add("Mul", q, factor), edit.Add("Mul", Transpose(Split(key), 0, 1, 3, 2), factor));
            return Merge(Transpose(edit.Add("MatMul", Softmax(scores), Split(value)), 0, 2, 1, 3));
        });
        ShouldBeTheSame();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Attention_may_be_the_operator_of_opset_23(bool inThreeDimensions)
    {
        Rewrite((query, key, value) =>
        {
            if (!inThreeDimensions)
            {
                return Merge(Transpose(edit.Add("Attention", Split(query), Split(key), Split(value)), 0, 2, 1, 3));
            }

            NodeProto attention = edit.AddTo(edit.Fresh("attention"), "Attention", query, key, value);
            GraphEditor.With(GraphEditor.With(attention, "q_num_heads", Heads), "kv_num_heads", Heads);
            return GraphEditor.With(attention, "scale", 0.25f).Output[0];
        });
        edit.Opset(23);
        ShouldBeTheSame().Operations.OfType<Attention>().ShouldAllBe(a => a.Heads == Heads && a.Scale == 0.25f);
    }

    [Fact]
    public void Causal_attention_is_refused()
    {
        Rewrite((query, key, value) =>
        {
            NodeProto attention = edit.AddTo(edit.Fresh("attention"), "Attention", Split(query), Split(key), Split(value));
            return Merge(Transpose(GraphEditor.With(attention, "is_causal", 1).Output[0], 0, 2, 1, 3));
        });
        edit.Opset(23);
        TinyModel.Refused(edit.Model).Message.ShouldContain("is causal");
    }

    [Fact]
    public void Queries_keys_and_values_may_be_gathered_from_one_product()
    {
        NodeProto[] products = [.. edit.All("MatMul").Where(n => edit.Constant(n.Input[1]) is not null)];
        foreach (NodeProto[] three in products.GroupBy(p => p.Input[0]).Where(g => g.Count() == 3).Select(g => g.ToArray()))
        {
            string fused = edit.Add("MatMul", three[0].Input[0], edit.Add("Concat", ("axis", 1), [.. three.Select(p => p.Input[1])]));
            string split = edit.Add("Unsqueeze", edit.Add("Reshape", fused, edit.Long(0, 0, 3, Channels)), edit.Long(0));
            string stacked = edit.Add("Squeeze", Transpose(split, 3, 1, 2, 0, 4), edit.Long(3));
            for (int i = 0; i < three.Length; i++)
            {
                edit.Remove(three[i]);
                GraphEditor.With(edit.AddTo(three[i].Output[0], "Gather", stacked, edit.LongScalar(i)), "axis", 0);
            }
        }

        ShouldBeTheSame().Operations.Select(o => o.Name).ShouldContain("block1.value");
    }

    /// <summary>Makes each attention anew from the results [1, frames, channels] of its three linear layers.</summary>
    private void Rewrite(Func<string, string, string, string> attention)
    {
        foreach (NodeProto product in edit.All("MatMul").Where(n => edit.Maker(n.Input[0]).OpType == "Where"))
        {
            NodeProto scores = edit.Maker(edit.Maker(edit.Maker(edit.Maker(product.Input[0]).Input[2]).Input[0]).Input[0]);
            string query = Layer(edit.Maker(scores.Input[0]).Input[0]), key = Layer(edit.Maker(scores.Input[1]).Input[0]), value = Layer(product.Input[1]);
            NodeProto merged = edit.Reader(edit.Reader(product.Output[0], "Transpose").Output[0], "Reshape");
            edit.Redirect(merged.Output[0], attention(query, key, value));
        }

        string Layer(string heads) => edit.Maker(edit.Maker(heads).Input[0]).Input[0];
    }

    private string Split(string x) => Transpose(edit.Add("Reshape", x, edit.Long(1, -1, Heads, HeadSize)), 0, 2, 1, 3);

    private string Merge(string x) => edit.Add("Reshape", x, edit.Long(1, -1, Channels));

    private string Softmax(string scores) => edit.Add("Dropout", edit.Add("Softmax", ("axis", -1), scores));

    private string Transpose(string x, params long[] axes) =>
        GraphEditor.With(edit.AddTo(edit.Fresh("turned"), "Transpose", x), "perm", axes).Output[0];

    private FloatModel ShouldBeTheSame()
    {
        FloatModel model = TinyModel.Import(edit.Model);
        TinyModel.Difference(model, TinyModel.GroupNorm).ShouldBeLessThan(1e-5);
        return model;
    }
}
