using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>Brings channels-last frames into one plane a channel group, so that a grouped convolution's windows are contiguous.</summary>
public static unsafe class ChannelGroups
{
    /// <summary>Copies group by group.</summary>
    /// <param name="source">[rows, channels], of any element.</param>
    /// <param name="rows">Number of rows, padding included.</param>
    /// <param name="rowBytes">Bytes of a row.</param>
    /// <param name="groups">Number of groups; it divides the channels.</param>
    /// <param name="target">Receives [groups, rows, channels/groups].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Split(byte* source, int rows, int rowBytes, int groups, byte* target)
    {
        int width = rowBytes / groups;
        for (int group = 0; group < groups; group++)
        {
            for (int row = 0; row < rows; row++)
            {
                Unsafe.CopyBlockUnaligned(target, source + (long)row * rowBytes + group * width, (uint)width);
                target += width;
            }
        }
    }
}
