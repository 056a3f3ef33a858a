using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>Models that mean something else: one clear error, which names the node.</summary>
public class RefusalTests
{
    private readonly GraphEditor edit = GraphEditor.Open(TinyModel.GroupNorm);

    [Fact]
    public void Another_activation_is_refused()
    {
        NodeProto softplus = ReplaceFirstGelu(x => edit.AddTo(edit.Fresh("softplus"), "Softplus", x));
        ShouldBeRefused(softplus.Name, "an element-wise function that is not supported; GELU, GELU (tanh), ReLU, SiLU are");
    }

    [Fact]
    public void An_unknown_approximation_of_GELU_is_refused()
    {
        NodeProto gelu = ReplaceFirstGelu(x => GraphEditor.With(edit.AddTo(edit.Fresh("gelu"), "Gelu", x), "approximate", "cubic"));
        ShouldBeRefused(gelu.Name, "an approximation that is not known");
    }

    [Fact]
    public void A_function_that_is_almost_GELU_is_refused()
    {
        NodeProto almost = ReplaceFirstGelu(x =>
            edit.AddTo(edit.Fresh("almost"), "Mul", x, edit.Add("Sigmoid", edit.Add("Mul", x, edit.Float(1.702f)))));
        ShouldBeRefused(almost.Name, "an element-wise function that is not supported");
    }

    [Fact]
    public void An_unknown_operator_is_named()
    {
        NodeProto erf = edit.All("Erf")[3];
        erf.OpType = "Frobnicate";
        ShouldBeRefused(erf.Name, "(Frobnicate): this operator is not supported");
    }

    [Fact]
    public void An_operator_of_another_domain_is_named_with_it()
    {
        NodeProto norm = edit.All("LayerNormalization")[1];
        norm.Domain = "com.example";
        ShouldBeRefused(norm.Name, "(com.example::LayerNormalization)");
    }

    [Fact]
    public void What_the_optimiser_of_ONNX_Runtime_fused_is_refused_as_such()
    {
        NodeProto gelu = ReplaceFirstGelu(x => edit.AddTo(edit.Fresh("gelu"), "FastGelu", x));
        gelu.Domain = "com.microsoft";
        ShouldBeRefused(gelu.Name, "import the model as it was exported");
    }

    [Fact]
    public void Control_flow_is_refused()
    {
        NodeProto gelu = edit.All("Erf")[0];
        gelu.OpType = "Loop";
        ShouldBeRefused(gelu.Name, "(Loop)");
    }

    [Fact]
    public void Convolutions_over_more_frames_than_any_model_has_are_refused()
    {
        NodeProto convolution = edit.All("Conv")[2];
        GraphEditor.Attribute(convolution, "dilations")!.Ints[0] = 1024;
        ShouldBeRefused(convolution.Name, "its dilation of 1024 is not supported");
    }

    [Fact]
    public void Two_dimensional_convolutions_of_what_has_no_bands_are_refused()
    {
        NodeProto convolution = edit.All("Conv")[2];
        convolution.Input[1] = edit.Add("Unsqueeze", convolution.Input[1], edit.Long(-1));
        ShouldBeRefused(convolution.Name, "is no two-dimensional convolution of one utterance");
    }

    [Fact]
    public void Group_norm_over_several_channels_is_refused()
    {
        NodeProto norm = edit.All("InstanceNormalization").Single();
        edit.Maker(norm.Input[0]).Input[1] = edit.Long(0, 16, -1);
        norm.Input[1] = edit.Float([16], [.. Enumerable.Repeat(1f, 16)]);
        norm.Input[2] = edit.Float([16], new float[16]);
        ShouldBeRefused(norm.Name, "several channels a group");
    }

    [Fact]
    public void Dropout_in_training_is_refused()
    {
        NodeProto linear = edit.All("MatMul")[0];
        NodeProto dropout = edit.AddTo(edit.Fresh("dropped"), "Dropout", linear.Input[0], edit.Float(0.1f), edit.Add("Cast", ("to", 9), edit.LongScalar(1)));
        linear.Input[0] = dropout.Output[0];
        ShouldBeRefused(dropout.Name, "evaluation mode");
    }

    [Fact]
    public void Weights_of_its_own_for_each_head_are_refused()
    {
        NodeProto product = edit.All("MatMul").First(n => edit.Constant(n.Input[1]) is null);
        product.Input[1] = edit.Float([4, 16, 16], new float[1024]);
        ShouldBeRefused(product.Name, "which is no matrix");
    }

    [Fact]
    public void A_bias_for_each_position_is_refused()
    {
        NodeProto softmax = edit.All("Softmax")[0];
        string range = edit.Fresh("range");
        edit.AddTo(range, "Range", edit.Float(0), edit.Add("Cast", ("to", 1), edit.Add("Gather", edit.Add("Shape", softmax.Input[0]), edit.LongScalar(3))), edit.Float(1));
        NodeProto added = edit.AddTo(edit.Fresh("biased"), "Add", softmax.Input[0], range);
        softmax.Input[0] = added.Output[0];
        ShouldBeRefused(added.Name, "a position bias or a mask");
    }

    [Fact]
    public void Softmax_over_the_queries_is_refused()
    {
        NodeProto softmax = edit.All("Softmax")[0];
        GraphEditor.Attribute(softmax, "axis")!.I = -2;
        ShouldBeRefused(softmax.Name, "does not run over the keys");
    }

    [Fact]
    public void Heads_that_are_mixed_up_are_refused()
    {
        // Queries take their heads from neighbouring channels, keys from channels far apart.
        NodeProto product = edit.All("MatMul").First(n => edit.Constant(n.Input[1]) is null);
        NodeProto transpose = edit.Maker(edit.Maker(product.Input[0]).Input[0]);
        NodeProto reshape = edit.Maker(transpose.Input[0]);
        reshape.Input[1] = edit.Long(1, -1, 16, 4);
        GraphEditor.Attribute(transpose, "perm")!.Ints.Clear();
        GraphEditor.Attribute(transpose, "perm")!.Ints.AddRange([0, 3, 1, 2]);
        ShouldBeRefused(product.Name, "not as queries and keys");
    }

    [Fact]
    public void A_variance_of_something_else_is_no_norm()
    {
        NodeProto norm = edit.All("LayerNormalization")[1];
        string x = norm.Input[0];
        string centered = edit.Add("Sub", x, Mean(x));
        string variance = Mean(edit.Add("Mul", x, x));
        edit.Remove(norm);
        edit.AddTo(norm.Output[0], "Div", centered, edit.Add("Sqrt", variance));
        TinyModel.Refused(edit.Model).Message.ShouldContain("not supported");

        string Mean(string value) => edit.Add("ReduceMean", ("keepdims", 1), value);
    }

    [Fact]
    public void A_model_without_logits_is_refused_with_its_outputs()
    {
        edit.Graph.Output[0].Type.TensorType.ElemType = 7;
        TinyModel.Refused(edit.Model).Message.ShouldContain("has no output of floats [batch, frames, vocabulary] ('logits')");
        edit.Graph.Output.Clear();
        TinyModel.Refused(edit.Model).Message.ShouldContain("(it has none)");
    }

    [Fact]
    public void A_length_that_the_graph_has_built_in_is_found()
    {
        // Adds 1 to the logits of an utterance of three frames only.
        string logits = edit.Graph.Output[0].Name;
        string frames = edit.Add("Gather", edit.Add("Shape", logits), edit.LongScalar(1));
        string bias = edit.Add("Cast", ("to", 1), edit.Add("Equal", frames, edit.LongScalar(3)));
        NodeProto sum = edit.AddTo("biased", "Add", logits, bias);
        edit.Graph.Output[0].Name = "biased";
        TinyModel.Refused(edit.Model).Message.ShouldContain("does not do the same at every length of audio");
        sum.Input.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("Softmax")]
    [InlineData("LogSoftmax")]
    public void Probabilities_are_nothing_but_an_output(string op)
    {
        NodeProto linear = edit.All("MatMul")[0];
        linear.Input[0] = GraphEditor.With(edit.AddTo(edit.Fresh("gate"), op, linear.Input[0]), "axis", -1).Output[0];
        TinyModel.Refused(edit.Model).Message.ShouldContain("makes probabilities, which the output of a speech model may be, but what follows is not understood");
    }

    [Fact]
    public void Probabilities_over_the_frames_are_refused()
    {
        NodeProto end = GraphEditor.With(edit.AddTo("probabilities", "LogSoftmax", edit.Graph.Output[0].Name), "axis", 1);
        edit.Graph.Output[0].Name = "probabilities";
        ShouldBeRefused(end.Name, "of something other than the tokens of each frame");
    }

    [Fact]
    public void A_traced_batch_is_refused_with_the_line_of_the_export_that_mends_it()
    {
        var batch = edit.Graph.Input[0].Type.TensorType.Shape.Dim[0];
        batch.DimValue = 2;
        string message = TinyModel.Refused(edit.Model).Message;
        message.ShouldContain("input 'input_values': is fixed to a batch of 2");
        message.ShouldContain("""dynamic_axes={"input_values": {0: "batch", 1: "samples"}, "logits": {0: "batch", 1: "frames"}}""");
        message.ShouldContain("dynamic_shapes=");
    }

    [Fact]
    public void A_batch_that_was_traced_into_the_graph_is_refused_with_the_mend()
    {
        string logits = edit.Graph.Output[0].Name;
        edit.AddTo("whole", "Reshape", logits, edit.Long(2, -1, 32));
        edit.Graph.Output[0].Name = "whole";
        edit.Graph.Output[0].Type.TensorType.Shape.Dim.Clear();
        NodeProto second = edit.AddTo("twice", "Reshape", "whole", edit.Long(4, 3, 32));
        edit.Graph.Output[0].Name = "twice";
        edit.Maker("whole").Input[1] = edit.Long(1, -1, 32);
        ShouldBeRefused(second.Name, "if a batch of 4 was traced, export with a dynamic batch");
    }

    [Fact]
    public void A_quantized_model_is_refused_as_such()
    {
        NodeProto linear = edit.All("MatMul")[0];
        linear.Input[0] = edit.Add("QuantizeLinear", linear.Input[0], edit.Float(1));
        TinyModel.Refused(edit.Model).Message.ShouldContain("import the float model it was made from");
    }

    private NodeProto ReplaceFirstGelu(Func<string, NodeProto> other)
    {
        NodeProto erf = edit.All("Erf")[0];
        string input = edit.Maker(erf.Input[0]).Input[0];
        NodeProto last = edit.Reader(edit.Reader(edit.Reader(erf.Output[0], "Add").Output[0], "Mul").Output[0], "Mul");
        NodeProto replacement = other(input);
        edit.Redirect(last.Output[0], replacement.Output[0]);
        return replacement;
    }

    private void ShouldBeRefused(string node, string why)
    {
        ImportException error = TinyModel.Refused(edit.Model);
        error.Message.ShouldContain($"node '{node}'");
        error.Message.ShouldContain(why);
    }
}
