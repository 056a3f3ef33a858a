using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>The same model, written in other ways: it must import to the same logits.</summary>
public class VariationTests
{
    private readonly GraphEditor edit = GraphEditor.Open(TinyModel.GroupNorm);

    [Fact]
    public void GELU_may_be_the_operator_of_opset_20()
    {
        foreach (Composition gelu in Compositions())
        {
            edit.Remove(gelu.Last);
            edit.AddTo(gelu.Last.Output[0], "Gelu", gelu.Input);
        }

        edit.Opset(20);
        ShouldBeTheSame();
    }

    [Fact]
    public void GELU_may_multiply_by_the_reciprocal_of_the_root_and_halve_first()
    {
        foreach (Composition gelu in Compositions())
        {
            edit.Remove(gelu.Last);
            string half = edit.Add("Mul", edit.Float(0.5f), gelu.Input);
            string erf = edit.Add("Erf", edit.Add("Mul", gelu.Input, edit.Float(0.70710677f)));
            edit.AddTo(gelu.Last.Output[0], "Mul", edit.Add("Add", edit.Float(1), erf), half);
        }

        ShouldBeTheSame();
    }

    [Fact]
    public void GELU_may_be_multiplied_out()
    {
        foreach (Composition gelu in Compositions())
        {
            edit.Remove(gelu.Last);
            string erf = edit.Add("Erf", edit.Add("Div", gelu.Input, edit.Add("Sqrt", edit.Float(2))));
            edit.AddTo(gelu.Last.Output[0], "Div", edit.Add("Add", gelu.Input, edit.Add("Mul", gelu.Input, erf)), edit.Float(2));
        }

        ShouldBeTheSame();
    }

    [Fact]
    public void A_linear_layer_may_be_Gemm_between_reshapes()
    {
        foreach (NodeProto product in edit.All("MatMul").Where(n => edit.Constant(n.Input[1]) is not null))
        {
            TensorProto weights = edit.Constant(product.Input[1])!;
            int inputs = (int)weights.Dims[0], outputs = (int)weights.Dims[1];
            float[] stored = edit.Floats(product.Input[1]);
            float[] transposed = [.. Enumerable.Range(0, stored.Length).Select(i => stored[i % inputs * outputs + i / inputs])];
            string gemm = edit.Fresh("gemm");
            GraphEditor.With(
                edit.AddTo(gemm, "Gemm", edit.Add("Reshape", product.Input[0], edit.Long(-1, inputs)), edit.Float([outputs, inputs], transposed)), "transB", 1);
            edit.Remove(product);
            edit.AddTo(product.Output[0], "Reshape", gemm, edit.Long(1, -1, outputs));
        }

        ShouldBeTheSame();
    }

    [Fact]
    public void A_linear_layer_may_have_its_weights_on_the_left()
    {
        foreach (NodeProto product in edit.All("MatMul").Where(n => edit.Constant(n.Input[1]) is not null))
        {
            string weights = edit.Add("Transpose", product.Input[1]);
            string turned = edit.Fresh("turned"), result = edit.Fresh("result");
            GraphEditor.With(edit.AddTo(turned, "Transpose", product.Input[0]), "perm", [0, 2, 1]);
            edit.AddTo(result, "MatMul", weights, turned);
            edit.Remove(product);
            GraphEditor.With(edit.AddTo(product.Output[0], "Transpose", result), "perm", [0, 2, 1]);
        }

        ShouldBeTheSame();
    }

    [Fact]
    public void The_operands_of_sums_and_factors_may_come_in_either_order()
    {
        foreach (NodeProto node in edit.Graph.Node.Where(n => n.OpType is "Add" or "Mul"))
        {
            (node.Input[0], node.Input[1]) = (node.Input[1], node.Input[0]);
        }

        ShouldBeTheSame();
    }

    [Fact]
    public void Nodes_may_come_in_any_order()
    {
        NodeProto[] reversed = [.. edit.Graph.Node.Reverse()];
        edit.Graph.Node.Clear();
        edit.Graph.Node.AddRange(reversed);
        ShouldBeTheSame();
    }

    [Theory]
    [InlineData("Mul", 0.25f)]
    [InlineData("Div", 4f)]
    public void The_scale_may_be_applied_to_the_scores(string op, float factor)
    {
        foreach (NodeProto product in ScoreProducts())
        {
            // Both operands are scaled by one half.
            product.Input[0] = edit.Maker(product.Input[0]).Input[0];
            product.Input[1] = edit.Maker(product.Input[1]).Input[0];
            string scaled = edit.Fresh("scaled");
            edit.Redirect(product.Output[0], scaled);
            edit.AddTo(scaled, op, product.Output[0], edit.Float(factor));
        }

        FloatModel model = ShouldBeTheSame();
        model.Operations.OfType<Attention>().ShouldAllBe(a => a.Scale == 0.25f);
    }

    [Fact]
    public void Attention_may_run_in_three_dimensions()
    {
        foreach (NodeProto product in edit.All("MatMul").Where(n => edit.Constant(n.Input[1]) is null))
        {
            for (int i = 0; i < 2; i++)
            {
                product.Input[i] = edit.Add("Squeeze", product.Input[i], edit.Long(0));
            }

            string flat = edit.Fresh("flat");
            string result = product.Output[0];
            product.Output[0] = flat;
            edit.AddTo(result, "Unsqueeze", flat, edit.Long(0));
        }

        ShouldBeTheSame();
    }

    [Fact]
    public void Queries_keys_and_values_may_come_from_one_product()
    {
        NodeProto[] products = [.. edit.All("MatMul").Where(n => edit.Constant(n.Input[1]) is not null)];
        foreach (NodeProto[] three in products.GroupBy(p => p.Input[0]).Where(g => g.Count() == 3).Select(g => g.ToArray()))
        {
            string weights = edit.Fresh("weights");
            GraphEditor.With(edit.AddTo(weights, "Concat", [.. three.Select(p => p.Input[1])]), "axis", 1);
            string fused = edit.Add("MatMul", three[0].Input[0], weights);
            foreach (NodeProto product in three)
            {
                edit.Remove(product);
            }

            NodeProto split = GraphEditor.With(edit.AddTo(three[0].Output[0], "Split", fused, edit.Long(64, 64, 64)), "axis", -1);
            split.Output.Add(three[1].Output[0]);
            split.Output.Add(three[2].Output[0]);
        }

        ShouldBeTheSame().Operations.Select(o => o.Name).ShouldContain("block1.value");
    }

    [Theory]
    [InlineData("root")]
    [InlineData("root of an integer power")]
    [InlineData("reciprocal")]
    [InlineData("power")]
    public void Layer_norm_may_be_written_out(string way)
    {
        foreach (NodeProto norm in edit.All("LayerNormalization"))
        {
            string x = norm.Input[0];
            string centered = edit.Add("Sub", x, Mean(x, -1));
            string variance = Mean(
                way switch
                {
                    "root" => edit.Add("Pow", centered, edit.Float(2)),
                    "root of an integer power" => edit.Add("Pow", centered, edit.LongScalar(2)),
                    _ => edit.Add("Mul", centered, centered),
                },
                -1);
            string added = edit.Add("Add", variance, edit.Float(1e-5f));
            string normed = way switch
            {
                "root" or "root of an integer power" => edit.Add("Div", centered, edit.Add("Sqrt", added)),
                "reciprocal" => edit.Add("Mul", edit.Add("Reciprocal", edit.Add("Sqrt", added)), centered),
                _ => edit.Add("Mul", centered, edit.Add("Pow", added, edit.Float(-0.5f))),
            };
            edit.Remove(norm);
            edit.AddTo(norm.Output[0], "Add", edit.Add("Mul", normed, norm.Input[1]), norm.Input[2]);
        }

        ShouldBeTheSame().Operations.OfType<LayerNorm>().ShouldAllBe(n => n.Epsilon == 1e-5f);
    }

    [Fact]
    public void Group_norm_may_be_the_operator()
    {
        NodeProto norm = edit.All("InstanceNormalization").Single();
        string x = edit.Maker(norm.Input[0]).Input[0];
        NodeProto shaped = edit.Reader(norm.Output[0], "Reshape");
        edit.Remove(shaped);
        NodeProto group = edit.AddTo(shaped.Output[0], "GroupNormalization", x, norm.Input[1], norm.Input[2]);
        GraphEditor.With(GraphEditor.With(group, "num_groups", 32), "epsilon", 1e-5f);
        edit.Opset(21);
        ShouldBeTheSame();
    }

    [Fact]
    public void Group_norm_may_be_written_out()
    {
        NodeProto norm = edit.All("InstanceNormalization").Single();
        string x = norm.Input[0];
        string centered = edit.Add("Sub", x, Mean(x, 2));
        string variance = Mean(edit.Add("Mul", centered, centered), 2);
        edit.Remove(norm);
        edit.AddTo(norm.Output[0], "Div", centered, edit.Add("Sqrt", edit.Add("Add", variance, edit.Float(1e-5f))));
        ShouldBeTheSame();
    }

    [Fact]
    public void Weight_normalisation_may_be_written_out()
    {
        NodeProto position = edit.All("Conv").Last();
        float[] weight = edit.Floats(position.Input[1]);
        int[] dims = [.. edit.Constant(position.Input[1])!.Dims.Select(d => (int)d)];
        int taps = dims[2];
        float[] norms = [.. Enumerable.Range(0, taps).Select(k => (float)Math.Sqrt(weight.Where((_, i) => i % taps == k).Sum(w => (double)w * w)))];

        // The direction v has another length than the weight g · v/‖v‖.
        string direction = edit.Float(dims, [.. weight.Select(w => w * 3)]);
        string squares = edit.Fresh("squares");
        GraphEditor.With(edit.AddTo(squares, "ReduceSum", edit.Add("Pow", direction, edit.Float(2)), edit.Long(0, 1)), "keepdims", 1);
        string unit = edit.Add("Div", direction, edit.Add("Sqrt", squares));
        position.Input[1] = edit.Add("Mul", unit, edit.Float([1, 1, taps], norms));
        ShouldBeTheSame();
    }

    [Fact]
    public void A_convolution_may_compute_its_weights_and_leave_its_kernel_to_them()
    {
        foreach (NodeProto convolution in edit.All("Conv"))
        {
            convolution.Input[1] = edit.Add("Mul", edit.Add("Div", convolution.Input[1], edit.Float(4)), edit.Float(4));
            convolution.Attribute.Remove(GraphEditor.Attribute(convolution, "kernel_shape"));
        }

        ShouldBeTheSame();
    }

    [Fact]
    public void Padding_may_be_a_node_of_its_own()
    {
        NodeProto position = edit.All("Conv").Last();
        NodeProto slice = edit.Reader(position.Output[0], "Slice");
        position.Input[0] = edit.Add("Pad", position.Input[0], edit.Long(0, 0, 8, 0, 0, 7));
        position.Attribute.Remove(GraphEditor.Attribute(position, "pads"));
        edit.Remove(slice);
        edit.Redirect(slice.Output[0], position.Output[0]);
        FloatModel model = ShouldBeTheSame();
        model.Operations.OfType<Convolution>().Last().PadRight.ShouldBe(7);
    }

    [Fact]
    public void A_factor_after_the_head_goes_into_its_weights()
    {
        edit.AddTo("louder", "Mul", edit.Graph.Output[0].Name, edit.Float(-2));
        edit.Graph.Output[0].Name = "louder";
        TinyModel.Difference(TinyModel.Import(edit.Model), TinyModel.GroupNorm, -2).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void The_length_may_be_fixed()
    {
        edit.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimValue = 1;
        edit.Graph.Input[0].Type.TensorType.Shape.Dim[1].DimValue = 20011;
        ShouldBeTheSame();
    }

    private string Mean(string value, long axis)
    {
        string mean = edit.Fresh("mean");
        GraphEditor.With(GraphEditor.With(edit.AddTo(mean, "ReduceMean", value), "axes", [axis]), "keepdims", 1);
        return mean;
    }

    private NodeProto[] ScoreProducts() =>
        [.. edit.All("MatMul").Where(n => edit.Maker(n.Input[0]).OpType == "Mul" && edit.Constant(n.Input[1]) is null)];

    private FloatModel ShouldBeTheSame()
    {
        FloatModel model = TinyModel.Import(edit.Model);
        TinyModel.Difference(model, TinyModel.GroupNorm).ShouldBeLessThan(1e-5);
        return model;
    }

    /// <summary>The compositions Div, Erf, Add, Mul, Mul that the exporter wrote for GELU.</summary>
    private Composition[] Compositions() =>
    [
        .. edit.All("Erf").Select(erf =>
        {
            NodeProto product = edit.Reader(edit.Reader(erf.Output[0], "Add").Output[0], "Mul");
            return new Composition(edit.Maker(erf.Input[0]).Input[0], edit.Reader(product.Output[0], "Mul"));
        }),
    ];

    private sealed record Composition(string Input, NodeProto Last);
}
