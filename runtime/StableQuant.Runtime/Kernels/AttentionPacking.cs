using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>Brings one head's keys and values, which stand where weights stand, into panels (16 outputs × groups of 4 int8 or 1 float32 inputs).</summary>
public static unsafe class AttentionPacking
{
    /// <summary>
    /// Keys as the weights of q·kᵀ: outputs are frames, inputs the head's channels. Also sums each key for the zero-point correction.
    /// </summary>
    /// <param name="keys">The head's first channel of frame 0, s8.</param>
    /// <param name="stride">Bytes from one frame to the next.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="headSize">Channels of the head; a multiple of 4.</param>
    /// <param name="panels">Receives ⌈frames/16⌉ panels of headSize/4 groups; missing frames are zero.</param>
    /// <param name="sums">Receives Σ of each key, and zeros up to the next multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Keys(byte* keys, int stride, int frames, int headSize, byte* panels, int* sums)
    {
        int padded = (frames + 15) & ~15;
        for (int frame = 0; frame < padded; frame++)
        {
            byte* panel = panels + (long)(frame / 16) * headSize * 16 + frame % 16 * 4;
            if (frame >= frames)
            {
                sums[frame] = 0;
                for (int c = 0; c < headSize; c += 4)
                {
                    *(int*)(panel + c * 16) = 0;
                }

                continue;
            }

            byte* key = keys + (long)frame * stride;
            int sum = 0;
            for (int c = 0; c < headSize; c += 4)
            {
                sum += (sbyte)key[c] + (sbyte)key[c + 1] + (sbyte)key[c + 2] + (sbyte)key[c + 3];
                *(int*)(panel + c * 16) = Unsafe.ReadUnaligned<int>(key + c);
            }

            sums[frame] = sum;
        }
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
        new Span<byte>(panels, padded * paddedSize).Clear();
        new Span<int>(sums, paddedSize).Clear();
        for (int frame = 0; frame < frames; frame++)
        {
            byte* value = values + (long)frame * stride;
            byte* group = panels + (long)(frame / 4) * 64 + frame % 4;
            for (int c = 0; c < headSize; c++)
            {
                group[(long)(c / 16) * padded * 16 + c % 16 * 4] = value[c];
                sums[c] += (sbyte)value[c];
            }
        }
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
