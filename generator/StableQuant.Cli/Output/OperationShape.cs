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
}
