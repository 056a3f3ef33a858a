using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Kernels.Lanes;
using StableQuant.Layout;

namespace StableQuant.FrontEnd;

/// <summary>
/// The Fourier transform of real numbers, of eight frames side by side, a lane of double each: every instruction set makes the same operations in the same order,
/// and no lane has to meet another. n points are the real and imaginary parts of n/2 complex ones, whose transform is taken apart at the end.
/// </summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
/// <param name="size">n, a power of two.</param>
/// <param name="cosines">cos 2πk/n for k &lt; n/2.</param>
/// <param name="sines">sin 2πk/n for k &lt; n/2.</param>
/// <param name="points">n rows of eight: the complex points' real parts, then their imaginary parts, as <see cref="FourierTables.Rows"/> has them.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe ref struct FourierTransform<TIsa, TInt, TFloat>(int size, double* cosines, double* sines, double* points)
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    private const int Lanes = LogMelLayout.TransformFrames;

    private readonly int half = size / 2;
    private readonly double* real = points;
    private readonly double* imaginary = points + size / 2 * Lanes;

    /// <summary>Transforms the points, and takes the power of each frequency.</summary>
    /// <param name="power">Receives n/2 + 1 rows of eight; the points are lost.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Power(double* power)
    {
        int reach = 1;
        if (int.Log2(half) % 2 != 0)
        {
            for (int first = 0; first < half; first += 2)
            {
                Complex a = Load(first), b = Load(first + 1);
                Store(first, a + b);
                Store(first + 1, a - b);
            }

            reach = 2;
        }

        for (; reach < half; reach *= 4)
        {
            Combine(reach);
        }

        TakeApart(power);
    }

    // Two steps at once: neighbours of a reach, then those of twice that.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Combine(int reach)
    {
        for (int j = 0; j < reach; j++)
        {
            Complex near = Turn(j * (size / (2 * reach))), far = Turn(j * (size / (4 * reach)));
            for (int first = j; first < half; first += 4 * reach)
            {
                Complex a = Load(first), b = Load(first + reach) * near, c = Load(first + 2 * reach), d = Load(first + 3 * reach) * near;
                Complex sum = a + b, difference = a - b, farSum = (c + d) * far, farDifference = ((c - d) * far).QuarterTurn();
                Store(first, sum + farSum);
                Store(first + reach, difference + farDifference);
                Store(first + 2 * reach, sum - farSum);
                Store(first + 3 * reach, difference - farDifference);
            }
        }
    }

    // Of the complex transform Z: twice the even samples' part is Z(k) + Z*(n/2 − k), twice the odd ones' part −i · (Z(k) − Z*(n/2 − k)).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TakeApart(double* power)
    {
        Complex zero = Load(0);
        TFloat sum = TIsa.AddDoubles(zero.Real, zero.Imaginary), difference = TIsa.SubtractDoubles(zero.Real, zero.Imaginary);
        TIsa.StoreDoubles(power, TIsa.MultiplyDoubles(sum, sum));
        TIsa.StoreDoubles(power + half * Lanes, TIsa.MultiplyDoubles(difference, difference));
        TFloat quarter = TIsa.BroadcastDouble(0.25);
        for (int k = 1; k <= half / 2; k++)
        {
            Complex a = Load(k), b = Load(half - k);
            var even = new Complex(TIsa.AddDoubles(a.Real, b.Real), TIsa.SubtractDoubles(a.Imaginary, b.Imaginary));
            var odd = new Complex(TIsa.AddDoubles(a.Imaginary, b.Imaginary), TIsa.SubtractDoubles(b.Real, a.Real));
            odd *= Turn(k);
            TIsa.StoreDoubles(power + k * Lanes, TIsa.MultiplyDoubles((even + odd).Square(), quarter));
            TIsa.StoreDoubles(power + (half - k) * Lanes, TIsa.MultiplyDoubles((even - odd).Square(), quarter));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Complex Load(int row) => new(TIsa.LoadDoubles(real + row * Lanes), TIsa.LoadDoubles(imaginary + row * Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store(int row, Complex value)
    {
        TIsa.StoreDoubles(real + row * Lanes, value.Real);
        TIsa.StoreDoubles(imaginary + row * Lanes, value.Imaginary);
    }

    // e^(−2πik/n).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Complex Turn(int k) => new(TIsa.BroadcastDouble(cosines[k]), TIsa.BroadcastDouble(-sines[k]));

    /// <summary>A complex number of each frame.</summary>
    private readonly struct Complex(TFloat real, TFloat imaginary)
    {
        public readonly TFloat Real = real;
        public readonly TFloat Imaginary = imaginary;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Complex operator +(Complex a, Complex b) => new(TIsa.AddDoubles(a.Real, b.Real), TIsa.AddDoubles(a.Imaginary, b.Imaginary));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Complex operator -(Complex a, Complex b) => new(TIsa.SubtractDoubles(a.Real, b.Real), TIsa.SubtractDoubles(a.Imaginary, b.Imaginary));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Complex operator *(Complex a, Complex b) => new(
            TIsa.SubtractDoubles(TIsa.MultiplyDoubles(a.Real, b.Real), TIsa.MultiplyDoubles(a.Imaginary, b.Imaginary)),
            TIsa.AddDoubles(TIsa.MultiplyDoubles(a.Real, b.Imaginary), TIsa.MultiplyDoubles(a.Imaginary, b.Real)));

        /// <summary>Times −i.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Complex QuarterTurn() => new(Imaginary, TIsa.SubtractDoubles(TIsa.BroadcastDouble(0), Real));

        /// <summary>The square of its magnitude.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TFloat Square() => TIsa.AddDoubles(TIsa.MultiplyDoubles(Real, Real), TIsa.MultiplyDoubles(Imaginary, Imaginary));
    }
}
