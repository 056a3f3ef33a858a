using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>The sizes that tell one operation of a kind from another.</summary>
internal static class OperationShape
{
    /// <summary>
    /// Convolution: [outputs, inputs of one group, kernel]. Linear: [outputs, inputs]. Norms: [channels]. Attention:
    /// [heads, head size]. Operations that take any size: [].
    /// </summary>
    public static int[] Of(Operation operation) => operation switch
    {
        Convolution c => [c.OutputChannels, c.InputChannels / c.Groups, c.Kernel],
        Linear l => [l.OutputChannels, l.InputChannels],
        LayerNorm n => [n.Channels],
        GroupNorm n => [n.Channels],
        Attention a => [a.Heads, a.HeadSize],
        _ => [],
    };

    /// <summary>Number of weights, gains and biases.</summary>
    public static long Parameters(Operation operation) => operation switch
    {
        Convolution c => c.OutputChannels * (1 + (long)(c.InputChannels / c.Groups) * c.Kernel),
        Linear l => l.OutputChannels * (1 + (long)l.InputChannels),
        LayerNorm n => 2L * n.Channels,
        GroupNorm n => 2L * n.Channels,
        _ => 0,
    };
}
