using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StableQuant.Layout;

namespace StableQuant.Kernels.Layers;

/// <summary>Brings one head's keys and values, which stand where weights stand, into panels (16 outputs × groups of 4 int8 or 1 float32 inputs).</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class AttentionPacking
{
    /// <summary>
    /// Keys as the weights of q·kᵀ: outputs are frames, inputs the head's channels. Also sums each key for the zero-point correction.
    /// </summary>
    /// <param name="keys">The head's first channel of frame 0, s8.</param>
    /// <param name="stride">Bytes from one frame to the next.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="headSize">Channels of the head.</param>
    /// <param name="panels">Receives ⌈frames/16⌉ panels of ⌈headSize/4⌉ groups; missing frames and channels are zero.</param>
    /// <param name="sums">Receives Σ of each key, and zeros up to the next multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Keys(byte* keys, int stride, int frames, int headSize, byte* panels, int* sums)
    {
        int padded = (frames + 15) & ~15;
        int paddedSize = PanelLayout.PaddedInputs(headSize);
        for (int frame = 0; frame < padded; frame++)
        {
            byte* panel = panels + (long)(frame / 16) * paddedSize * 16 + frame % 16 * 4;
            sums[frame] = frame < frames ? Key(keys + (long)frame * stride, headSize, panel) : Nothing(headSize, panel);
        }
    }

    /// <summary>One key into its place; returns Σ of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Key(byte* key, int headSize, byte* panel)
    {
        Vector128<int> lanes = default;
        int sum = 0;
        int channel = 0;
        for (; channel + 16 <= headSize; channel += 16)
        {
            Vector128<sbyte> values = Vector128.Load((sbyte*)key + channel);
            (Vector128<short> lower, Vector128<short> upper) = Vector128.Widen(values);
            (Vector128<int> even, Vector128<int> odd) = Vector128.Widen(lower + upper);
            lanes += even + odd;
            byte* target = panel + channel * 16;
            *(int*)target = values.AsInt32().GetElement(0);
            *(int*)(target + 64) = values.AsInt32().GetElement(1);
            *(int*)(target + 128) = values.AsInt32().GetElement(2);
            *(int*)(target + 192) = values.AsInt32().GetElement(3);
        }

        for (; channel + 4 <= headSize; channel += 4)
        {
            sum += (sbyte)key[channel] + (sbyte)key[channel + 1] + (sbyte)key[channel + 2] + (sbyte)key[channel + 3];
            *(int*)(panel + channel * 16) = Unsafe.ReadUnaligned<int>(key + channel);
        }

        if (channel < headSize)
        {
            // Queries go on behind these with another head's channels.
            byte* last = panel + channel * 16;
            *(int*)last = 0;
            for (; channel < headSize; channel++)
            {
                sum += (sbyte)key[channel];
                last[channel % 4] = key[channel];
            }
        }

        return sum + Vector128.Sum(lanes);
    }

    /// <summary>
    /// Positions as the weights of q·pᵀ: outputs are distances from the furthest behind to the furthest ahead. Also sums each.
    /// </summary>
    /// <param name="positions">The head's first channel of frame 0, s8: of keys behind the query.</param>
    /// <param name="stride">Bytes from one frame to the next.</param>
    /// <param name="ahead">Bytes to that of keys ahead of it.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="headSize">Channels of the head.</param>
    /// <param name="panels">Receives the panels of 2 · frames − 1 distances; missing distances and channels are zero.</param>
    /// <param name="sums">Receives Σ of each, and zeros up to the next multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Positions(byte* positions, int stride, int ahead, int frames, int headSize, byte* panels, int* sums)
    {
        int count = 2 * frames - 1, padded = (count + 15) & ~15;
        int paddedSize = PanelLayout.PaddedInputs(headSize);
        for (int i = 0; i < padded; i++)
        {
            byte* panel = panels + (long)(i / 16) * paddedSize * 16 + i % 16 * 4;
            int distance = i - (frames - 1);
            sums[i] = i < count
                ? Key(positions + (long)Math.Abs(distance) * stride + (distance > 0 ? ahead : 0), headSize, panel)
                : Nothing(headSize, panel);
        }
    }

    // The place of a key that is not there.
    private static int Nothing(int headSize, byte* panel)
    {
        for (int c = 0; c < headSize; c += 4)
        {
            *(int*)(panel + c * 16) = 0;
        }

        return 0;
    }

    /// <summary>Values as the weights of probabilities·v: outputs are the head's channels, inputs are frames.</summary>
    /// <param name="values">The head's first channel of frame 0, s8.</param>
    /// <param name="stride">Bytes from one frame to the next.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="headSize">Channels of the head.</param>
    /// <param name="panels">Receives ⌈headSize/16⌉ panels of ⌈frames/16⌉·4 groups; missing frames and channels are zero.</param>
    /// <param name="sums">Receives Σ of each channel, and zeros up to the next multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Values(byte* values, int stride, int frames, int headSize, byte* panels, int* sums)
    {
        int padded = (frames + 15) & ~15;
        int paddedSize = (headSize + 15) & ~15;
        new Span<int>(sums, paddedSize).Clear();
        byte* rows = stackalloc byte[4 * 16];
        for (int channel = 0; channel < headSize; channel += 16)
        {
            int channels = Math.Min(16, headSize - channel);
            byte* panel = panels + (long)channel * padded;
            for (int frame = 0; frame < padded; frame += 4)
            {
                byte* first = values + (long)frame * stride + channel;
                if (frame + 4 <= frames && channels == 16)
                {
                    Interleave(first, first + stride, first + 2L * stride, first + 3L * stride, panel + frame * 16, sums + channel);
                    continue;
                }

                new Span<byte>(rows, 4 * 16).Clear();
                for (int row = 0; row < Math.Min(4, frames - frame); row++)
                {
                    new ReadOnlySpan<byte>(first + (long)row * stride, channels).CopyTo(new Span<byte>(rows + row * 16, 16));
                }

                Interleave(rows, rows + 16, rows + 32, rows + 48, panel + frame * 16, sums + channel);
            }
        }
    }

    /// <summary>Four frames of 16 channels become one group: for each channel its four frames. Adds them to the channels' sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Interleave(byte* first, byte* second, byte* third, byte* fourth, byte* group, int* sums)
    {
        (Vector128<ushort> lower, Vector128<ushort> upper) = Pairs(Vector128.Load(first), Vector128.Load(second));
        (Vector128<ushort> lowerLast, Vector128<ushort> upperLast) = Pairs(Vector128.Load(third), Vector128.Load(fourth));
        Fours(lower, lowerLast, group, sums);
        Fours(upper, upperLast, group + 32, sums + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<ushort> Lower, Vector128<ushort> Upper) Pairs(Vector128<byte> first, Vector128<byte> second)
    {
        (Vector128<ushort> lower, Vector128<ushort> upper) = Vector128.Widen(first);
        (Vector128<ushort> lowerSecond, Vector128<ushort> upperSecond) = Vector128.Widen(second);
        return (lower | lowerSecond << 8, upper | upperSecond << 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fours(Vector128<ushort> first, Vector128<ushort> last, byte* target, int* sums)
    {
        (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(first);
        (Vector128<uint> lowerLast, Vector128<uint> upperLast) = Vector128.Widen(last);
        Store((lower | lowerLast << 16).AsInt32(), target, sums);
        Store((upper | upperLast << 16).AsInt32(), target + 16, sums + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<int> fours, byte* target, int* sums)
    {
        fours.AsByte().Store(target);
        Vector128<int> sum = (fours << 24 >> 24) + (fours << 16 >> 24) + (fours << 8 >> 24) + (fours >> 24);
        (Vector128.Load(sums) + sum).Store(sums);
    }

    /// <summary>Keys as the weights of q·kᵀ in float32: outputs are frames, inputs the head's channels.</summary>
    /// <param name="keys">The head's first channel of frame 0.</param>
    /// <param name="stride">Floats from one frame to the next.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="headSize">Channels of the head.</param>
    /// <param name="panels">Receives ⌈frames/16⌉ panels of headSize groups; missing frames are zero.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Keys(float* keys, int stride, int frames, int headSize, float* panels)
    {
        int padded = (frames + 15) & ~15;
        for (int frame = 0; frame < padded; frame++)
        {
            float* key = keys + (long)frame * stride;
            float* panel = panels + (long)(frame / 16) * headSize * 16 + frame % 16;
            for (int c = 0; c < headSize; c++)
            {
                panel[c * 16] = frame < frames ? key[c] : 0;
            }
        }
    }

    /// <summary>Positions as the weights of q·pᵀ in float32: outputs are distances from the furthest behind to the furthest ahead.</summary>
    /// <param name="positions">The head's first channel of frame 0: of keys behind the query.</param>
    /// <param name="stride">Floats from one frame to the next.</param>
    /// <param name="ahead">Floats to that of keys ahead of it.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="headSize">Channels of the head.</param>
    /// <param name="panels">Receives the panels of 2 · frames − 1 distances; missing distances are zero.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Positions(float* positions, int stride, int ahead, int frames, int headSize, float* panels)
    {
        int count = 2 * frames - 1, padded = (count + 15) & ~15;
        for (int i = 0; i < padded; i++)
        {
            int distance = i - (frames - 1);
            float* position = positions + (long)Math.Min(Math.Abs(distance), frames - 1) * stride + (distance > 0 ? ahead : 0);
            float* panel = panels + (long)(i / 16) * headSize * 16 + i % 16;
            for (int c = 0; c < headSize; c++)
            {
                panel[c * 16] = i < count ? position[c] : 0;
            }
        }
    }

    /// <summary>Values as the weights of probabilities·v in float32: outputs are the head's channels, inputs are frames.</summary>
    /// <param name="values">The head's first channel of frame 0.</param>
    /// <param name="stride">Floats from one frame to the next.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="headSize">Channels of the head.</param>
    /// <param name="panels">Receives ⌈headSize/16⌉ panels of as many groups as there are frames; missing channels are zero.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Values(float* values, int stride, int frames, int headSize, float* panels)
    {
        for (int c = 0; c < headSize; c += 16)
        {
            int channels = Math.Min(16, headSize - c);
            for (int frame = 0; frame < frames; frame++)
            {
                var group = new Span<float>(panels, 16);
                new ReadOnlySpan<float>(values + (long)frame * stride + c, channels).CopyTo(group);
                group[channels..].Clear();
                panels += 16;
            }
        }
    }
}
