using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Calibration.Tests.Import;

public class FunctionInlinerTests
{
    [Fact]
    public void A_model_whose_modules_are_functions_is_the_same_model()
    {
        GraphEditor edit = GraphEditor.Open(TinyModel.GroupNorm);
        OperatorSetIdProto opset = new() { Domain = "", Version = 17 };

        // GELU calls another function for the half of it, and takes the root as an attribute with a default.
        edit.Model.Functions.Add(new FunctionProto
        {
            Name = "Half", Domain = "own", Input = { "x", "factor" }, Output = { "y" }, OpsetImport = { opset },
            Node = { new NodeProto { OpType = "Mul", Input = { "x", "factor" }, Output = { "y" } } },
        });
        AttributeProto root = new() { Name = "value_float", RefAttrName = "root", Type = AttributeProto.Types.AttributeType.Float };
        edit.Model.Functions.Add(new FunctionProto
        {
            Name = "Gelu", Domain = "own", Input = { "x" }, Output = { "y", "same" }, OpsetImport = { opset },
            AttributeProto = { new AttributeProto { Name = "root", Type = AttributeProto.Types.AttributeType.Float, F = MathF.Sqrt(2) } },
            Node =
            {
                new NodeProto { OpType = "Constant", Output = { "root" }, Attribute = { root } },
                new NodeProto { OpType = "Constant", Output = { "half" }, Attribute = { new AttributeProto { Name = "value_float", F = 0.5f } } },
                new NodeProto { OpType = "Constant", Output = { "one" }, Attribute = { new AttributeProto { Name = "value_float", F = 1 } } },
                new NodeProto { OpType = "Div", Input = { "x", "root" }, Output = { "scaled" } },
                new NodeProto { OpType = "Erf", Input = { "scaled" }, Output = { "erf" } },
                new NodeProto { OpType = "Add", Input = { "erf", "one" }, Output = { "sum" } },
                new NodeProto { OpType = "Half", Domain = "own", Input = { "sum", "half" }, Output = { "phi" } },
                new NodeProto { OpType = "Mul", Input = { "x", "phi" }, Output = { "y" } },
                new NodeProto { OpType = "Identity", Input = { "x" }, Output = { "same" } },
            },
        });

        foreach (NodeProto erf in edit.All("Erf"))
        {
            string input = edit.Maker(erf.Input[0]).Input[0];
            NodeProto last = edit.Reader(edit.Reader(edit.Reader(erf.Output[0], "Add").Output[0], "Mul").Output[0], "Mul");
            edit.Remove(last);
            edit.AddTo(last.Output[0], "Gelu", input).Domain = "own";
        }

        TinyModel.Difference(TinyModel.Import(edit.Model), TinyModel.GroupNorm).ShouldBeLessThan(1e-5);
    }
}
