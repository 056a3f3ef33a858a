using Google.Protobuf;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>Damaged and hostile files: always an <see cref="ImportException"/>, never another.</summary>
public class HostileFileTests
{
    private readonly GraphEditor edit = GraphEditor.Open(TinyModel.GroupNorm);

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        byte[] whole = File.ReadAllBytes(TinyModel.PathOf(TinyModel.GroupNorm));
        using TemporaryFolder folder = new();
        foreach (int length in Enumerable.Range(0, 64).Concat(Enumerable.Range(1, 100).Select(i => (int)((long)i * (whole.Length - 64) / 100))))
        {
            string path = folder.Write("cut.onnx", whole.AsSpan(0, length));
            Should.Throw<ImportException>(() => OnnxImporter.Import(path), $"{length} bytes").Message.ShouldStartWith(path);
        }
    }

    [Fact]
    public void A_file_with_bytes_changed_is_imported_or_refused()
    {
        byte[] whole = File.ReadAllBytes(TinyModel.PathOf(TinyModel.GroupNorm));
        Random random = new(1);
        using TemporaryFolder folder = new();
        for (int round = 0; round < 60; round++)
        {
            byte[] changed = [.. whole];
            for (int i = 0; i < 20; i++)
            {
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            }

            try
            {
                OnnxImporter.Import(folder.Write("changed.onnx", changed));
            }
            catch (ImportException)
            {
                // Refused, as it may be.
            }
        }
    }

    [Fact]
    public void A_graph_with_nodes_wired_at_random_is_imported_or_refused()
    {
        Random random = new(2);
        for (int round = 0; round < 60; round++)
        {
            GraphEditor wild = GraphEditor.Open(round % 2 == 0 ? TinyModel.GroupNorm : "w2v2eager-ts14");
            for (int i = 0; i < 3; i++)
            {
                NodeProto node = wild.Graph.Node[random.Next(wild.Graph.Node.Count)];
                NodeProto other = wild.Graph.Node[random.Next(wild.Graph.Node.Count)];
                switch (random.Next(4))
                {
                    case 0 when node.Input.Count > 0:
                        node.Input[random.Next(node.Input.Count)] = other.Output[0];
                        break;
                    case 1 when node.Input.Count > 0:
                        node.Input.RemoveAt(random.Next(node.Input.Count));
                        break;
                    case 2:
                        node.OpType = other.OpType;
                        break;
                    default:
                        node.Attribute.Clear();
                        break;
                }
            }

            try
            {
                TinyModel.Import(wild.Model);
            }
            catch (ImportException error)
            {
                error.Message.ShouldNotBeNullOrWhiteSpace();
            }
        }
    }

    [Fact]
    public void A_missing_file_is_refused() =>
        Should.Throw<ImportException>(() => OnnxImporter.Import("/nonexistent/model.onnx")).Message.ShouldContain("there is no such model");

    [Fact]
    public void A_folder_is_refused() => Should.Throw<ImportException>(() => OnnxImporter.Import(AppContext.BaseDirectory));

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_tensor_with_more_or_fewer_bytes_than_its_shape_asks_for_is_refused(int more)
    {
        TensorProto tensor = Weights();
        tensor.RawData = ByteString.CopyFrom(new byte[tensor.RawData.Length + 4 * more]);
        Refused().ShouldSatisfyAllConditions(m => m.ShouldContain($"tensor '{tensor.Name}'"), m => m.ShouldContain("asks for"));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(1L << 33)]
    public void A_dimension_beyond_all_measure_is_refused(long dimension)
    {
        Weights().Dims[0] = dimension;
        Refused().ShouldContain("is not supported");
    }

    [Fact]
    public void Dimensions_whose_product_overflows_are_refused()
    {
        TensorProto tensor = Weights();
        tensor.Dims.Clear();
        tensor.Dims.AddRange([1 << 20, 1 << 20, 1 << 20, 16]);
        Refused().ShouldContain("too large");
    }

    [Fact]
    public void Too_many_dimensions_are_refused()
    {
        Weights().Dims.AddRange(Enumerable.Repeat(1L, 100));
        Refused().ShouldContain("dimensions");
    }

    [Fact]
    public void An_unknown_element_type_is_refused()
    {
        Weights().DataType = 99;
        Refused().ShouldContain("element type 99");
    }

    [Fact]
    public void A_skeleton_without_weights_is_refused_as_such()
    {
        Weights().ClearRawData();
        Refused().ShouldContain("skeleton");
    }

    [Fact]
    public void A_tensor_that_is_stored_twice_is_refused()
    {
        edit.Graph.Initializer.Add(Weights().Clone());
        Refused().ShouldContain("is stored twice");
    }

    [Fact]
    public void A_cycle_is_refused()
    {
        NodeProto sum = edit.All("Add")[5];
        sum.Input[0] = edit.All("Softmax")[1].Output[0];
        Refused().ShouldContain("cycle");
    }

    [Fact]
    public void A_value_that_is_made_twice_is_refused()
    {
        edit.All("Mul")[3].Output[0] = edit.All("Mul")[2].Output[0];
        Refused().ShouldContain("is made elsewhere, too");
    }

    [Fact]
    public void A_value_that_nothing_makes_is_refused()
    {
        edit.All("Mul")[3].Input[0] = "nowhere";
        Refused().ShouldContain("reads the value 'nowhere', which nothing makes");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(99)]
    public void An_opset_whose_semantics_are_not_implemented_is_refused(int opset)
    {
        edit.Opset(opset);
        Refused().ShouldContain($"opset {opset} is not supported");
    }

    [Fact]
    public void A_node_that_asks_for_endless_memory_is_refused()
    {
        NodeProto shape = edit.All("ConstantOfShape")[0];
        shape.Input[0] = edit.Long(1 << 20, 1 << 20);
        Refused().ShouldContain("too large");
    }

    [Fact]
    public void Functions_that_call_each_other_for_ever_are_refused()
    {
        edit.Model.Functions.Add(new FunctionProto
        {
            Name = "F", Domain = "own", Input = { "x" }, Output = { "y" },
            Node = { new NodeProto { OpType = "F", Domain = "own", Input = { "x" }, Output = { "y" } } },
        });
        NodeProto erf = edit.All("Erf")[0];
        (erf.OpType, erf.Domain) = ("F", "own");
        Refused().ShouldContain("nest too deeply");
    }

    [Fact]
    public void A_chain_of_very_many_nodes_is_refused_without_a_stack_overflow()
    {
        string value = edit.Maker(edit.All("Conv").Last().Output[0]).Output[0];
        NodeProto slice = edit.Reader(value, "Slice");
        for (int i = 0; i < 20_000; i++)
        {
            value = edit.Add("Gelu", value);
        }

        slice.Input[0] = value;
        edit.Opset(20);
        Refused().ShouldContain("nests too many operations");
    }

    [Fact]
    public void More_nodes_than_any_model_has_are_refused()
    {
        for (int i = 0; i <= 100_000; i++)
        {
            edit.Graph.Node.Add(new NodeProto { OpType = "Identity", Input = { "x" }, Output = { "y" } });
        }

        Refused().ShouldContain("more than 100000 nodes");
    }

    private TensorProto Weights() => edit.Graph.Initializer.First(t => t.Dims.Count == 3);

    private string Refused() => TinyModel.Refused(edit.Model).Message;
}
