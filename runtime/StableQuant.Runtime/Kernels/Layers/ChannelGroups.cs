using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace StableQuant.Kernels.Layers;

/// <summary>Brings channels-last frames into one plane a channel group, so that a grouped convolution's windows are contiguous.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class ChannelGroups
{
    /// <summary>Copies some rows, group by group.</summary>
    /// <param name="source">[rows, channels], of any element.</param>
    /// <param name="rows">Number of all rows, padding included.</param>
    /// <param name="first">The first row to copy.</param>
    /// <param name="end">The row behind the last one to copy.</param>
    /// <param name="rowBytes">Bytes of a row.</param>
    /// <param name="groups">Number of groups; it divides the channels.</param>
    /// <param name="target">Receives [groups, rows, channels/groups].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Split(byte* source, int rows, int first, int end, int rowBytes, int groups, byte* target)
    {
        int width = rowBytes / groups;
        for (int group = 0; group < groups; group++)
        {
            for (int row = first; row < end; row++)
            {
                Unsafe.CopyBlockUnaligned(target + ((long)group * rows + row) * width, source + (long)row * rowBytes + group * width, (uint)width);
            }
        }
    }
}
