using StableQuant.Graph;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>How much a model multiplies.</summary>
internal static class Workload
{
    /// <summary>Multiply-accumulates of all products for one utterance; the audio counts once, though its samples are two bytes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="samples">Length of the utterance.</param>
    public static long Macs(ModelDescription model, int samples) => ByProduct(model, samples).Values.Sum();

    /// <summary>The same of each product and attention, by its name.</summary>
    /// <param name="model">The model.</param>
    /// <param name="samples">Length of the utterance.</param>
    public static IReadOnlyDictionary<string, long> ByProduct(ModelDescription model, int samples)
    {
        long made = model.FrontEnd.Stages.Skip(1).Aggregate((long)samples, (frames, stage) => stage.Frames(frames));
        var frames = new Dictionary<string, long>(StringComparer.Ordinal) { [model.FrontEnd.Value] = made };
        var macs = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (Operation operation in model.Operations)
        {
            long rows = frames[operation.Inputs[0]];
            rows = operation switch
            {
                Convolution c => (rows + c.PadLeft + c.PadRight - c.Kernel) / c.Stride + 1,
                Convolution2d c => ((rows / c.FrameRows + 2 * c.Padding - c.Kernel) / c.Stride + 1) * c.OutputBands,
                AveragePool p => rows / p.Frames,
                UtterancePool => 1,
                Upsample u => frames[u.Like],
                _ => rows,
            };

            frames.Add(operation.Name, rows);
            macs[operation.Name] = operation switch
            {
                Convolution k => rows * k.OutputChannels * (k.InputChannels / k.Groups) * k.Kernel,
                Convolution2d k => rows * k.OutputChannels * k.GroupInputs,
                Linear l => rows * l.OutputChannels * l.InputChannels,
                Attention a => 2 * rows * rows * a.Heads * a.HeadSize,
                _ => 0,
            };
        }

        return macs;
    }
}
