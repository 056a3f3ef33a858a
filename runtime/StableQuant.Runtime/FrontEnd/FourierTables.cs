using System.Numerics;

namespace StableQuant.FrontEnd;

/// <summary>What a Fourier transform of n real numbers needs: a half turn of sines and cosines, and the order of its input.</summary>
internal sealed class FourierTables
{
    /// <summary>Computes them.</summary>
    /// <param name="size">n, a power of two.</param>
    public FourierTables(int size)
    {
        Size = size;
        int half = size / 2, quarter = size / 4;
        (Cosines, Sines, Rows) = (new double[half], new double[half], new int[size]);
        for (int k = 0; k < half; k++)
        {
            // Quarters of a turn are whole numbers here: what is 0 or 1 is exactly that.
            int behind = k % quarter;
            double rising = TableFunctions.Sine(2 * Math.PI * behind / size), falling = TableFunctions.Sine(2 * Math.PI * (quarter - behind) / size);
            (Cosines[k], Sines[k]) = k < quarter ? (falling, rising) : (-rising, falling);
        }

        // Even numbers are real parts, odd ones imaginary; their bits in reverse order, which steps in place put right again.
        int bits = BitOperations.Log2((uint)half);
        for (int point = 0; point < half; point++)
        {
            int row = 0;
            for (int bit = 0; bit < bits; bit++)
            {
                row |= ((point >> bit) & 1) << (bits - 1 - bit);
            }

            (Rows[2 * point], Rows[2 * point + 1]) = (row, row + half);
        }
    }

    /// <summary>n.</summary>
    public int Size { get; }

    /// <summary>cos 2πk/n for k &lt; n/2.</summary>
    public double[] Cosines { get; }

    /// <summary>sin 2πk/n for k &lt; n/2.</summary>
    public double[] Sines { get; }

    /// <summary>The row that each number enters in.</summary>
    public int[] Rows { get; }
}
