using Google.Protobuf;

namespace StableQuant.Calibration.Import.Onnx;

/// <summary>An ONNX file, read and checked: parsed, its functions inlined, its nodes in topological order.</summary>
internal sealed class OnnxFile
{
    private OnnxFile(string path, ModelProto model, OnnxGraph graph)
    {
        Path = path;
        Model = model;
        Graph = graph;
    }

    /// <summary>The path, as it was given.</summary>
    public string Path { get; }

    /// <summary>The model as parsed, with functions inlined: every value that <see cref="Graph"/> names is a value of it.</summary>
    public ModelProto Model { get; }

    /// <summary>The checked graph.</summary>
    public OnnxGraph Graph { get; }

    /// <summary>Reads and checks a file.</summary>
    /// <param name="path">The <c>.onnx</c> file; external data is looked for beside it.</param>
    /// <param name="allowSymlinks">Whether symbolic links to external data may lead out of the model's folder and of its download cache.</param>
    /// <exception cref="ImportException">The file is damaged, hostile or beyond the limits.</exception>
    public static OnnxFile Load(string path, bool allowSymlinks = false)
    {
        ModelProto model = Parse(path);
        if (model.Graph is null)
        {
            throw new ImportException(path, null, "holds no graph, so it is no ONNX model (a truncated or empty file?); export it again");
        }

        int opset = Opset(path, model);
        FunctionInliner.Inline(path, model, opset);
        ExternalData external = new(path, allowSymlinks);
        return new OnnxFile(path, model, new OnnxGraph(path, model.Graph, opset, external));
    }

    /// <summary>Size of the model on disk, external data included.</summary>
    public long Bytes => new FileInfo(Path).Length + Graph.ExternalTensors.Sum(TensorDecoder.BytesOf);

    /// <summary>A copy of the model that needs no file beside it.</summary>
    /// <exception cref="ImportException">It would be too large for one message.</exception>
    public ModelProto ToSelfContained()
    {
        if (Bytes > OnnxLimits.MaxFileBytes)
        {
            throw new ImportException(Path, null, $"is larger than {OnnxLimits.MaxFileBytes} bytes with its external data, so its activations cannot be recorded");
        }

        Dictionary<string, byte[]> external = Graph.ExternalTensors.ToDictionary(t => t.Name, Graph.ExternalBytes, StringComparer.Ordinal);
        ModelProto model = Model.Clone();
        foreach (TensorProto tensor in model.Graph.Initializer.Where(t => external.ContainsKey(t.Name)))
        {
            tensor.RawData = UnsafeByteOperations.UnsafeWrap(external[tensor.Name]);
            tensor.ExternalData.Clear();
            tensor.DataLocation = TensorProto.Types.DataLocation.Default;
        }

        return model;
    }

    private static ModelProto Parse(string path)
    {
        if (Directory.Exists(path))
        {
            throw new ImportException(path, null, "is a folder; name an .onnx file");
        }

        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > OnnxLimits.MaxFileBytes)
            {
                throw new ImportException(path, null, $"is larger than {OnnxLimits.MaxFileBytes} bytes; export it with the weights as external data");
            }

            return ModelProto.Parser.ParseFrom(stream);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new ImportException(path, null, "is no complete ONNX file (truncated or damaged?); copy or export it again", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImportException(path, null, "there is no such model.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImportException(path, null, $"cannot be read: {error.Message}", error);
        }
    }

    private static int Opset(string path, ModelProto model)
    {
        OperatorSetIdProto? standard = model.OpsetImport.FirstOrDefault(o => OnnxNode.IsStandardDomain(o.Domain));
        return standard is null
            ? throw new ImportException(path, null, "imports no standard operator set; export it again")
            : standard.Version is >= OnnxLimits.MinOpset and <= OnnxLimits.MaxOpset
                ? (int)standard.Version
                : throw new ImportException(path, null, $"opset {standard.Version} is not supported; export with opset 17 (supported: {OnnxLimits.MinOpset} to {OnnxLimits.MaxOpset})");
    }
}
