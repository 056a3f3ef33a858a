using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>Calibration records the ONNX values that an import names; each must hold the numbers of its operation.</summary>
[Trait("Ring", "Full")]
public class OnnxValueTests
{
    [Theory]
    [InlineData(TinyModel.GroupNorm)]
    [InlineData("w2v2layer-dynamo18")]
    [InlineData("w2v2eager-ts14")]
    public void The_graph_up_to_the_named_value_gives_the_result_of_the_operation(string name)
    {
        FloatModel model = OnnxImporter.Import(TinyModel.PathOf(name));
        Dictionary<string, float[]> results = [];
        ReferenceExecutor executor = new(model) { Observer = (operation, values, _, _) => results[operation] = values.ToArray() };
        executor.Run(TinyModel.Input(name), out _);

        foreach (Operation operation in model.Operations)
        {
            FloatModel part = UpTo(name, model, operation);
            new ReferenceExecutor(part).Run(TinyModel.Input(name), out _).ShouldBe(results[operation.Name], operation.Name);
            part.Operations[^1].Kind.ShouldBe(operation.Kind);
        }
    }

    /// <summary>Makes a value the graph's output, brought into the order [batch, frames, channels].</summary>
    private static FloatModel UpTo(string name, FloatModel model, Operation operation)
    {
        GraphEditor edit = GraphEditor.Open(name);
        string value = model.OnnxValues[operation.Name];
        long[]? order = operation switch
        {
            Attention => [0, 2, 1, 3],
            _ when IsChannelsFirst(model, operation) => [0, 2, 1],
            _ => null,
        };
        if (order is not null)
        {
            string ordered = edit.Fresh("ordered");
            GraphEditor.With(edit.AddTo(ordered, "Transpose", value), "perm", order);
            value = operation is Attention a ? edit.Add("Reshape", ordered, edit.Long(1, -1, a.Heads * a.HeadSize)) : ordered;
        }

        edit.Graph.Output[0].Name = value;
        return TinyModel.Import(edit.Model);
    }

    // Convolutions and the activations and group norms after them; layer norms run on transposed values.
    private static bool IsChannelsFirst(FloatModel model, Operation operation) => operation switch
    {
        Convolution or GroupNorm => true,
        Activation gelu => model.Operations.Single(o => o.Name == gelu.Input) is Convolution or GroupNorm or LayerNorm,
        _ => false,
    };
}
