namespace StableQuant.Calibration.Import.Onnx;

/// <summary>Orders nodes so that each follows those it reads, and leaves out those that no output needs.</summary>
internal static class TopologicalOrder
{
    /// <summary>Orders the nodes; iteratively, because a hostile graph may be one long chain.</summary>
    public static IReadOnlyList<OnnxNode> Sort(string path, IReadOnlyList<OnnxNode> nodes, IReadOnlySet<string> sources, IEnumerable<string> outputs)
    {
        Dictionary<string, OnnxNode> producers = Producers(path, nodes, sources);
        HashSet<OnnxNode> live = Live(path, producers, sources, outputs);

        Dictionary<OnnxNode, int> waiting = [];
        Dictionary<OnnxNode, List<OnnxNode>> readers = [];
        Queue<OnnxNode> ready = new();
        foreach (OnnxNode node in nodes.Where(live.Contains))
        {
            List<OnnxNode> read = [.. node.Inputs.Where(producers.ContainsKey).Select(i => producers[i]).Distinct()];
            waiting[node] = read.Count;
            foreach (OnnxNode producer in read)
            {
                (readers.TryGetValue(producer, out List<OnnxNode>? list) ? list : readers[producer] = []).Add(node);
            }

            if (read.Count == 0)
            {
                ready.Enqueue(node);
            }
        }

        List<OnnxNode> sorted = new(live.Count);
        while (ready.TryDequeue(out OnnxNode? node))
        {
            sorted.Add(node);
            foreach (OnnxNode reader in readers.GetValueOrDefault(node, []))
            {
                if (--waiting[reader] == 0)
                {
                    ready.Enqueue(reader);
                }
            }
        }

        return sorted.Count == live.Count ? sorted
            : throw new ImportException(path, waiting.First(w => w.Value > 0).Key.Label, "is part of a cycle, or reads one; a model is acyclic, export it again");
    }

    private static Dictionary<string, OnnxNode> Producers(string path, IReadOnlyList<OnnxNode> nodes, IReadOnlySet<string> sources)
    {
        Dictionary<string, OnnxNode> producers = new(StringComparer.Ordinal);
        foreach (OnnxNode node in nodes)
        {
            foreach (string output in node.Outputs.Where(o => o.Length > 0))
            {
                if (sources.Contains(output) || !producers.TryAdd(output, node))
                {
                    throw new ImportException(path, node.Label, $"makes the value '{output}', which is made elsewhere, too; export the model again");
                }
            }
        }

        return producers;
    }

    private static HashSet<OnnxNode> Live(
        string path, Dictionary<string, OnnxNode> producers, IReadOnlySet<string> sources, IEnumerable<string> outputs)
    {
        HashSet<OnnxNode> live = [];
        Stack<OnnxNode> open = new();
        foreach (string output in outputs)
        {
            Visit(output, "the graph's output");
        }

        while (open.TryPop(out OnnxNode? node))
        {
            foreach (string input in node.Inputs.Where(i => i.Length > 0))
            {
                Visit(input, node.Label);
            }
        }

        return live;

        void Visit(string value, string reader)
        {
            if (producers.TryGetValue(value, out OnnxNode? producer))
            {
                if (live.Add(producer))
                {
                    open.Push(producer);
                }
            }
            else if (!sources.Contains(value))
            {
                throw new ImportException(path, reader, $"reads the value '{value}', which nothing makes; export the model again");
            }
        }
    }
}
