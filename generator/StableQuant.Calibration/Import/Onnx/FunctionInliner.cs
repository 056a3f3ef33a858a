namespace StableQuant.Calibration.Import.Onnx;

/// <summary>Replaces calls of model-local functions, which some exporters make of every module, by the functions' own nodes.</summary>
internal sealed class FunctionInliner
{
    private readonly Dictionary<(string Domain, string Name, string Overload), FunctionProto> functions = [];
    private readonly List<NodeProto> flat = [];
    private readonly string path;
    private int calls;

    private FunctionInliner(string path) => this.path = path;

    /// <summary>Inlines every call in the model's graph, in place.</summary>
    public static void Inline(string path, ModelProto model, int opset)
    {
        FunctionInliner inliner = new(path);
        foreach (FunctionProto function in model.Functions)
        {
            OperatorSetIdProto? standard = function.OpsetImport.FirstOrDefault(o => OnnxNode.IsStandardDomain(o.Domain));
            if (standard is not null && standard.Version != opset)
            {
                throw new ImportException(path, $"function '{function.Name}'", $"uses opset {standard.Version}, the graph opset {opset}; export with one opset");
            }

            inliner.functions[(function.Domain, function.Name, function.Overload)] = function;
        }

        foreach (NodeProto node in model.Graph.Node)
        {
            inliner.Add(node, 0);
        }

        model.Graph.Node.Clear();
        model.Graph.Node.AddRange(inliner.flat);
        model.Functions.Clear();
    }

    private void Add(NodeProto node, int depth)
    {
        if (functions.TryGetValue((node.Domain, node.OpType, node.Overload), out FunctionProto? function))
        {
            Expand(node, function, depth + 1);
            return;
        }

        flat.Add(node);
        if (flat.Count > OnnxLimits.MaxNodes)
        {
            throw new ImportException(path, null, $"has more than {OnnxLimits.MaxNodes} nodes, which no speech model needs");
        }
    }

    private void Expand(NodeProto call, FunctionProto function, int depth)
    {
        // The number of calls is bounded, too: functions that call each other and hold no other node would never end.
        if (depth > OnnxLimits.MaxFunctionDepth || ++calls > OnnxLimits.MaxNodes)
        {
            throw new ImportException(path, $"function '{function.Name}'", "calls nest too deeply; export without functions");
        }

        string prefix = $"{(call.Name.Length > 0 ? call.Name : function.Name)}#{calls}/";
        Dictionary<string, string> names = new(StringComparer.Ordinal) { [""] = "" };
        for (int i = 0; i < function.Input.Count; i++)
        {
            names[function.Input[i]] = i < call.Input.Count ? call.Input[i] : "";
        }

        HashSet<string> made = new(function.Node.SelectMany(n => n.Output), StringComparer.Ordinal);
        for (int i = 0; i < Math.Min(function.Output.Count, call.Output.Count); i++)
        {
            string output = function.Output[i];
            if (made.Contains(output) && call.Output[i].Length > 0)
            {
                names[output] = call.Output[i];
            }
        }

        foreach (NodeProto inner in function.Node)
        {
            NodeProto copy = inner.Clone();
            copy.Name = prefix + (inner.Name.Length > 0 ? inner.Name : inner.OpType);
            Rename(copy.Input);
            Rename(copy.Output);
            BindAttributes(copy, call, function);
            Add(copy, depth);
        }

        // An output that is one of the inputs, or that two outputs share, still needs a node that makes it.
        for (int i = 0; i < Math.Min(function.Output.Count, call.Output.Count); i++)
        {
            string source = Renamed(function.Output[i]);
            if (call.Output[i].Length > 0 && source != call.Output[i])
            {
                Add(new NodeProto { Name = $"{prefix}output{i}", OpType = "Identity", Input = { source }, Output = { call.Output[i] } }, depth);
            }
        }

        string Renamed(string value) => names.TryGetValue(value, out string? name) ? name : names[value] = prefix + value;

        void Rename(IList<string> values)
        {
            for (int i = 0; i < values.Count; i++)
            {
                values[i] = Renamed(values[i]);
            }
        }
    }

    private static void BindAttributes(NodeProto node, NodeProto call, FunctionProto function)
    {
        for (int i = node.Attribute.Count - 1; i >= 0; i--)
        {
            AttributeProto attribute = node.Attribute[i];
            if (attribute.RefAttrName.Length == 0)
            {
                continue;
            }

            AttributeProto? value = call.Attribute.FirstOrDefault(a => a.Name == attribute.RefAttrName)
                ?? function.AttributeProto.FirstOrDefault(a => a.Name == attribute.RefAttrName);
            node.Attribute.RemoveAt(i);
            if (value is not null)
            {
                AttributeProto bound = value.Clone();
                bound.Name = attribute.Name;
                node.Attribute.Add(bound);
            }
        }
    }
}
