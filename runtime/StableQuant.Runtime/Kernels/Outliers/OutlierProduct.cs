using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using StableQuant.Layout;

namespace StableQuant.Kernels.Outliers;

/// <summary>
/// A part of a remainder that a row reads: times the weights there, it is added to the row's sums by the instruction that
/// multiplies inputs. A byte of magnitude is the most that it takes; larger outliers have several products. The layout is that of
/// <c>Avx512Vnni.s</c>.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
[StructLayout(LayoutKind.Sequential)]
public readonly struct OutlierProduct
{
    private const int GroupInputs = PanelLayout.Inputs, GroupBytes = PanelLayout.GroupBytes;

    /// <summary>The largest magnitude.</summary>
    private const int Max = byte.MaxValue;

    private OutlierProduct(int magnitudes, int sign, int weights)
    {
        Magnitudes = magnitudes;
        Sign = sign;
        Weights = weights;
    }

    /// <summary>The magnitudes of a group's four inputs, a byte each; only the product's own is not 0.</summary>
    public int Magnitudes { get; }

    /// <summary>0, or −1 where the remainder is negative.</summary>
    public int Sign { get; }

    /// <summary>Bytes to the weights of the input's group of 4.</summary>
    public int Weights { get; }

    /// <summary>How many products a remainder has: nearly always one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Count(int remainder) => Math.Abs(remainder) is var magnitude && magnitude <= Max ? 1 : (magnitude + Max - 1) / Max;

    /// <summary>Writes the products of a remainder.</summary>
    /// <param name="products">Where to.</param>
    /// <param name="input">The input's number, from the first channel of the first frame on.</param>
    /// <param name="remainder">Its remainder; not 0.</param>
    /// <returns>How many there are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe int Write(OutlierProduct* products, int input, int remainder)
    {
        int shift = 8 * (input & (GroupInputs - 1)), weights = input / GroupInputs * GroupBytes, sign = remainder >> 31;
        int count = 0;
        int rest = (remainder ^ sign) - sign;
        for (; rest > Max; rest -= Max)
        {
            products[count++] = new(Max << shift, sign, weights);
        }

        products[count] = new(rest << shift, sign, weights);
        return count + 1;
    }
}
