using Google.Protobuf;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>Exports of x-vector models that return what their training classifies speakers by, beside the embedding.</summary>
public class XVectorTests
{
    private static readonly string Folder = TestFiles.Model("heads/w2v2-xvector");

    [Fact]
    public void The_embedding_is_taken_beside_logits_that_come_first()
    {
        FloatModel model = Imported(graph => graph.Output.Insert(0, Classifier(graph, "logits")));
        model.Head.ShouldBe(HeadKind.Embedding);
        model.Notes.ShouldHaveSingleItem().ShouldEndWith("takes the output 'embeddings' as the embedding, and leaves out 'logits'.");
        HeadTests.Difference(model, Path.Combine(Folder, "reference.input.f32"), Path.Combine(Folder, "reference.output.f32")).ShouldBeLessThan(1e-5);
    }

    [Theory]
    [InlineData("logits")]
    [InlineData("linear_14")]
    public void Logits_of_its_training_alone_are_an_error_that_says_what_to_export(string name)
    {
        string message = Should.Throw<ImportException>(() => Imported(graph =>
        {
            ValueInfoProto output = Classifier(graph, name);
            graph.Output.Clear();
            graph.Output.Add(output);
        })).Message;
        message.ShouldContain($"output '{name}': is what the training of an x-vector model compares by cosine (AM-softmax), neither classes nor the embedding");
        message.ShouldContain("output_names=[\"logits\", \"embeddings\"]");
    }

    // As dynamo names outputs, where nobody does.
    [Fact]
    public void Outputs_without_names_are_such_an_error_too() => Should.Throw<ImportException>(() => Imported(graph =>
    {
        ValueInfoProto output = Classifier(graph, "linear_14");
        ValueInfoProto embedding = graph.Output.Single();
        foreach (NodeProto node in graph.Node)
        {
            for (int i = 0; i < node.Output.Count; i++)
            {
                node.Output[i] = node.Output[i] == embedding.Name ? "linear_13" : node.Output[i];
            }

            for (int i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = node.Input[i] == embedding.Name ? "linear_13" : node.Input[i];
            }
        }

        embedding.Name = "linear_13";
        graph.Output.Insert(0, output);
    })).Message.ShouldContain("output 'linear_14': is what the training of an x-vector model compares");

    // As Wav2Vec2ForXVector has it: a square layer.
    private static ValueInfoProto Classifier(GraphProto graph, string name)
    {
        ValueInfoProto embedding = graph.Output.Single();
        int width = (int)embedding.Type.TensorType.Shape.Dim[^1].DimValue;
        var random = new Random(3);
        byte[] weights = [.. Enumerable.Range(0, width * width).SelectMany(_ => BitConverter.GetBytes(random.NextSingle() - 0.5f))];
        graph.Initializer.Add(new TensorProto { Name = "classifier.weight", Dims = { width, width }, DataType = (int)TensorProto.Types.DataType.Float, RawData = ByteString.CopyFrom(weights) });
        graph.Initializer.Add(new TensorProto { Name = "classifier.bias", Dims = { width }, DataType = (int)TensorProto.Types.DataType.Float, RawData = ByteString.CopyFrom(weights[..(4 * width)]) });
        graph.Node.Add(GraphEditor.With(new NodeProto { Name = "/classifier/Gemm", OpType = "Gemm", Input = { embedding.Name, "classifier.weight", "classifier.bias" }, Output = { name } }, "transB", 1));
        ValueInfoProto output = embedding.Clone();
        output.Name = name;
        return output;
    }

    private static FloatModel Imported(Action<GraphProto> edit)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(Folder, "model.onnx")));
        edit(model.Graph);
        using var folder = new TemporaryFolder();
        return OnnxImporter.Import(folder.Write("model.onnx", model.ToByteArray()));
    }
}
