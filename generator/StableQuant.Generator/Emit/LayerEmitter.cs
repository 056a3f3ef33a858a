using StableQuant.Generator.Emit.Kernels;
using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>The layers of a model: the order they run in, a small method each, and the kernels that they share.</summary>
internal sealed class LayerEmitter
{
    private readonly LoweredModel network;
    private readonly List<(Step Step, string Method, Kernel Kernel)> layers = [];

    public LayerEmitter(LoweredModel network)
    {
        this.network = network;
        List<(Step Step, Kernel Kernel)> steps = [.. network.Steps.Select(step => (step, KernelChoice.Of(step)))];
        var identifiers = new Identifiers([.. Taken, .. steps.SelectMany(step => Parts(step.Kernel)).Select(kernel => kernel.Name)]);
        foreach ((Step step, Kernel kernel) in steps)
        {
            layers.Add((step, identifiers.For(step.Name), kernel));
        }
    }

    /// <summary>The groups of layers that are a file each, in order of their first layer.</summary>
    public IEnumerable<string> Groups => layers.Select(layer => LayerGroup.Of(layer.Step)).Distinct();

    /// <summary>The kernels in use, each once, by the kind of their layers, in order of their first layer.</summary>
    public IEnumerable<IGrouping<string, Kernel>> Kernels => layers
        .SelectMany(layer => Parts(layer.Kernel).Select(kernel => (Kind: KindOf(layer.Step), Kernel: kernel)))
        .GroupBy(used => used.Kernel.Name)
        .Select(same => same.First())
        .GroupBy(used => used.Kind, used => used.Kernel);

    // Names that mean something else where the layers' methods stand.
    private static readonly string[] Taken =
        ["Run", "Network", "TIsa", "TSums", "TWeights", "TInput", "TInt", "TFloat", FrontEndText.Tables, "Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString"];

    private static Kernel[] Parts(Kernel kernel) => kernel is AttentionKernel attention ? [attention.Scores, attention, attention.Context] : [kernel];

    /// <summary>Writes the method that calls all layers.</summary>
    public void WriteRun(SourceWriter writer)
    {
        writer.Lines("/// <summary>One thread's part of all layers, in order. A layer ends with a barrier, when every thread has done its rows.</summary>");
        writer.Open("internal static void Run(in __SQ::Threads.Worker worker, void* workspace)");
        writer.Lines("ref readonly Workspace work = ref *(Workspace*)workspace;");
        string? group = null;
        foreach ((Step step, string method, _) in layers)
        {
            if (LayerGroup.Of(step) is var next && next != group)
            {
                group = next;
                writer.Lines($"""

                    // {group}
                    """);
            }

            writer.Lines($"{method}(work, worker);");
        }

        writer.Close();
    }

    /// <summary>Writes the methods of a group's layers.</summary>
    public void Write(SourceWriter writer, string group)
    {
        foreach ((Step step, string method, Kernel kernel) in layers.Where(layer => LayerGroup.Of(layer.Step) == group))
        {
            LayerComment.Write(writer, network, step);
            writer.Open($"private static void {method}(in Workspace work, in __SQ::Threads.Worker worker)");
            LayerBody.Write(writer, step, kernel);
            writer.Close();
        }
    }

    private static string KindOf(Step step) => step switch
    {
        WaveformStep or LogMelStep => "Audio",
        DepthwiseStep or Convolution2dStep or ProductStep { Product: Convolution } => "Convolution",
        ProductStep => "Linear",
        AttentionStep => "Attention",
        RowStep { Operation: Norm } => "Norm",
        _ => "Elementwise",
    };
}
