using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Layout;

namespace StableQuant.Kernels.Layers;

/// <summary>
/// Waves over time, in double: each frame's value is the one before it turned by a wave's angle, and from time to time a power of the turn, so
/// that errors stay below what float32 shows. No function of the system's library takes part, and all machines give the same bits.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class Rotations
{
    // Waves that are taken through some frames before the next: they stay in the first-level cache.
    private const int BlockWaves = 64;

    /// <summary>Some rows of sines and cosines.</summary>
    /// <param name="rotations">Each wave's turn, see <see cref="RotationLayout"/>.</param>
    /// <param name="channels">Channels; half as many waves.</param>
    /// <param name="directions">Rows of a frame: 1, or 2, of which the second is of the time before the first frame and has sines of the other sign.</param>
    /// <param name="isBFloat16">Whether values are rounded to bfloat16.</param>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row behind the last one.</param>
    /// <param name="output">Row 0 of [frames × directions, channels]: channels 2k and 2k + 1 receive the sine and the cosine of wave k.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Waves(float* rotations, int channels, int directions, bool isBFloat16, int first, int end, float* output)
    {
        Turn* turns = stackalloc Turn[BlockWaves];
        Turn* waves = stackalloc Turn[BlockWaves];
        int count = channels / 2;
        for (int start = 0; start < count; start += BlockWaves)
        {
            int block = Math.Min(BlockWaves, count - start);
            for (int k = 0; k < block; k++)
            {
                turns[k] = Turn.Load(rotations + start + k, count);
            }

            for (int frame = first / directions & -RotationLayout.BlockFrames; frame * directions < end; frame++)
            {
                for (int k = 0; k < block; k++)
                {
                    waves[k] = frame % RotationLayout.BlockFrames == 0 ? Turn.Power(turns[k], frame) : Turn.Multiply(waves[k], turns[k]);
                }

                for (int row = Math.Max(frame * directions, first); row < Math.Min((frame + 1) * directions, end); row++)
                {
                    Store(waves, block, row % directions == 0 ? 1 : -1, isBFloat16, output + (long)row * channels + 2 * start);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Turn* waves, int count, float sign, bool isBFloat16, float* row)
    {
        for (int k = 0; k < count; k++)
        {
            row[2 * k] = sign * (isBFloat16 ? BFloat16(waves[k].Sine) : waves[k].Sine);
            row[2 * k + 1] = isBFloat16 ? BFloat16(waves[k].Cosine) : waves[k].Cosine;
        }
    }

    // The nearest float whose lower 16 bits are 0, of two the even one.
    private static float BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000);
    }

    /// <summary>The cosine and the sine of an angle.</summary>
    private readonly struct Turn(double cosine, double sine)
    {
        private readonly double cosine = cosine;
        private readonly double sine = sine;

        public float Cosine => Limited(cosine);

        public float Sine => Limited(sine);

        public static Turn Load(float* rotation, int count) =>
            new((double)rotation[0] + rotation[count], (double)rotation[2 * (long)count] + rotation[3 * (long)count]);

        public static Turn Multiply(Turn a, Turn b) => new(a.cosine * b.cosine - a.sine * b.sine, a.cosine * b.sine + a.sine * b.cosine);

        public static Turn Power(Turn turn, int exponent)
        {
            var result = new Turn(1, 0);
            for (; exponent > 0; exponent >>= 1, turn = Multiply(turn, turn))
            {
                if ((exponent & 1) != 0)
                {
                    result = Multiply(result, turn);
                }
            }

            return result;
        }

        // A stranger's turns may be none, and grow.
        private static float Limited(double value) => value >= 1 ? 1 : value >= -1 ? (float)value : -1;
    }
}
