using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StableQuant.Layout;

namespace StableQuant.Weights;

/// <summary>
/// How far inputs may lie from their zero point, the limits of packed weights: Σ input · weight of 8, 4 and 2 inputs fits int16 for all inputs 0 … 255 with
/// Σ (input − zero point)² ≤ 512 · limit. The sum is zero point · Σ weight plus one that by Cauchy and Schwarz is at most
/// √(Σ (input − zero point)² · Σ weight²).
/// </summary>
internal static unsafe class Int16Limits
{
    private const int GroupBytes = PanelLayout.GroupBytes, Groups = PanelLayout.StepGroups;

    /// <summary>Works a product's limits out: the largest that hold.</summary>
    /// <param name="panel">Its packed weights, which lie within ±127.</param>
    /// <param name="panels">Their panels.</param>
    /// <param name="inputs">Inputs of an output.</param>
    /// <param name="limits">Receives them, see <see cref="PanelLayout.LimitBytes(int, int)"/>.</param>
    /// <param name="zeroPoint">The inputs' zero point.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Find(sbyte* panel, long panels, int inputs, byte* limits, int zeroPoint)
    {
        int groups = PanelLayout.InputGroups(inputs), steps = groups / Groups;
        for (; panels > 0; panels--, panel += (long)groups * GroupBytes, limits += 2 * steps)
        {
            for (int step = 0; step < steps; step++)
            {
                (limits[step], limits[steps + step]) = Find(panel + (long)step * Groups * GroupBytes, zeroPoint);
            }
        }
    }

    private static (byte OfEight, byte OfFour) Find(sbyte* step, int zeroPoint)
    {
        Vector256<int> zero = Vector256.Create(zeroPoint), eight = Vector256.Create((int)byte.MaxValue), four = eight, two = eight;
        for (int part = 0; part < GroupBytes; part += Vector128<sbyte>.Count)
        {
            Sums a = Pairs(step + part), b = Pairs(step + part + GroupBytes), c = Pairs(step + part + 2 * GroupBytes), d = Pairs(step + part + 3 * GroupBytes);
            Sums ab = a + b, cd = c + d;
            two = Vector256.Min(two, Vector256.Min(Vector256.Min(a.Limit(zero), b.Limit(zero)), Vector256.Min(c.Limit(zero), d.Limit(zero))));
            four = Vector256.Min(four, Vector256.Min(ab.Limit(zero), cd.Limit(zero)));
            eight = Vector256.Min(eight, (ab + cd).Limit(zero));
        }

        // An addition beyond int16 comes back, a pair that saturates does not.
        return (Least(Vector256.Min(eight, two)), Least(Vector256.Min(four, two)));
    }

    private static byte Least(Vector256<int> limits)
    {
        int least = byte.MaxValue;
        for (int lane = 0; lane < Vector256<int>.Count; lane++)
        {
            least = Math.Min(least, limits[lane]);
        }

        return (byte)least;
    }

    // The two weights of each lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sums Pairs(sbyte* weights)
    {
        Vector256<int> pairs = Vector256.Create(Vector128.WidenLower(Vector128.Load(weights)), Vector128.WidenUpper(Vector128.Load(weights))).AsInt32();
        Vector256<int> even = pairs << 16 >> 16, odd = pairs >> 16;
        return new(
            Vector256.Max(even, default) + Vector256.Max(odd, default),
            Vector256.Min(even, default) + Vector256.Min(odd, default),
            even * even + odd * odd);
    }

    /// <summary>Of eight lanes the sum of the positive weights, that of the negative ones, and the sum of squares.</summary>
    private readonly struct Sums(Vector256<int> positive, Vector256<int> negative, Vector256<int> squares)
    {
        private readonly Vector256<int> positive = positive, negative = negative, squares = squares;

        public static Sums operator +(Sums a, Sums b) => new(a.positive + b.positive, a.negative + b.negative, a.squares + b.squares);

        private static Vector256<int> Max => Vector256.Create((int)short.MaxValue);

        private static Vector256<int> Min => Vector256.Create((int)short.MinValue);

        // All bits of the lanes that some inputs take beyond int16.
        private Vector256<int> Depends => Vector256.GreaterThan(positive * Vector256.Create((int)byte.MaxValue), Max) | Vector256.LessThan(negative * Vector256.Create((int)byte.MaxValue), Min);

        /// <summary>The largest limit of each lane that holds.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<int> Limit(Vector256<int> zeroPoint)
        {
            // The quotient in float32 is one too large at most.
            Vector256<int> room = Room(zeroPoint), most = Vector256.Create(byte.MaxValue - 1);
            Vector256<int> limit = Vector256.Min(Vector256.ConvertToInt32(Vector256.ConvertToSingle(room) / Vector256.ConvertToSingle(Vector256.Max(squares, Vector256<int>.One))), most);
            limit += Vector256.GreaterThan(squares * limit, room);
            return Vector256.ConditionalSelect(Depends, limit, Vector256.Create((int)byte.MaxValue));
        }

        // What is left beside the sum at the zero point: limit · squares may be as much, in units of 512. A limit of 0 promises nothing.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<int> Room(Vector256<int> zeroPoint)
        {
            Vector256<int> centre = zeroPoint * (positive + negative);
            Vector256<int> room = Vector256.Max(Vector256.Min(Max - centre, centre - Min), default);
            return room * room >>> PanelLayout.DeviationBits + 2;
        }
    }
}
