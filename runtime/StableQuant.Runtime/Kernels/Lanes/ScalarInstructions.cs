using System.ComponentModel;
using StableQuant.Layout;

namespace StableQuant.Kernels.Lanes;

/// <summary>Sixteen int32 in memory.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public unsafe struct ScalarInt
{
    internal fixed int Lanes[16];
}

/// <summary>Sixteen float32 in memory.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public unsafe struct ScalarFloat
{
    internal fixed float Lanes[16];
}

/// <summary>One group of packed weights, 16 outputs × 4 inputs, where it lies.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct ScalarWeights(byte* group)
{
    internal readonly sbyte* Values = (sbyte*)group;
}

/// <summary>Four inputs, where they lie.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct ScalarInputs(byte* inputs)
{
    internal readonly byte* Values = inputs;
}

/// <summary>Plain C#, lane by lane: the normative reference that every other path equals bit for bit.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct ScalarInstructions : IInstructions<ScalarInt, ScalarWeights, ScalarInputs, ScalarInt, ScalarFloat>
{
    private const int Count = 16;

    /// <inheritdoc/>
    public static int TileRows => TileLayout.FewUnrolledRows;

    /// <inheritdoc/>
    public static int TilePanels => 1;

    /// <inheritdoc/>
    public static int InputBias => 0;

    /// <inheritdoc/>
    public static int LookupQuads => 1;

    /// <inheritdoc/>
    public static void LookUp(int bits, byte* indices, int stepBytes, sbyte* levels, int steps, sbyte* target) =>
        ScalarLookup.Run(bits, indices, stepBytes, levels, steps, target);

    /// <inheritdoc/>
    public static ScalarWeights LoadWeights(byte* group) => new(group);

    /// <inheritdoc/>
    public static ScalarInputs LoadInput(byte* inputs) => new(inputs);

    /// <inheritdoc/>
    public static ScalarInt Dot(ScalarInt sums, ScalarInputs inputs, ScalarWeights weights)
    {
        byte* x = inputs.Values;
        sbyte* w = weights.Values;
        for (int i = 0; i < Count; i++)
        {
            sums.Lanes[i] += x[0] * w[4 * i] + x[1] * w[4 * i + 1] + x[2] * w[4 * i + 2] + x[3] * w[4 * i + 3];
        }

        return sums;
    }

    /// <inheritdoc/>
    public static ScalarInt AddPairs(ScalarInt sums, ScalarInt a, ScalarInt b)
    {
        for (int i = 0; i < Count; i++)
        {
            sums.Lanes[i] += (short)a.Lanes[i] * (short)b.Lanes[i] + (a.Lanes[i] >> 16) * (b.Lanes[i] >> 16);
        }

        return sums;
    }

    /// <inheritdoc/>
    public static ScalarInt AddGroup(ScalarInt sums, byte* weights, ScalarInt magnitudes, ScalarInt sign)
    {
        for (int i = 0; i < 4 * Count; i++)
        {
            int product = (magnitudes.Lanes[i / 4] >> (i % 4 * 8) & byte.MaxValue) * (sbyte)weights[i];
            sums.Lanes[i / 4] += sign.Lanes[i / 4] < 0 ? -product : product;
        }

        return sums;
    }

    /// <inheritdoc/>
    public static ScalarInt Finish(ScalarInt sums) => sums;

    /// <inheritdoc/>
    public static ScalarFloat Load(float* source) => *(ScalarFloat*)source;

    /// <inheritdoc/>
    public static void Store(float* target, ScalarFloat value) => *(ScalarFloat*)target = value;

    /// <inheritdoc/>
    public static ScalarInt LoadInt(int* source) => *(ScalarInt*)source;

    /// <inheritdoc/>
    public static ScalarInt LoadBytes(byte* source)
    {
        ScalarInt result;
        for (int i = 0; i < Count; i++)
        {
            result.Lanes[i] = source[i];
        }

        return result;
    }

    /// <inheritdoc/>
    public static void StoreInt(int* target, ScalarInt value) => *(ScalarInt*)target = value;

    /// <inheritdoc/>
    public static ScalarFloat Broadcast(float value)
    {
        ScalarFloat result;
        for (int i = 0; i < Count; i++)
        {
            result.Lanes[i] = value;
        }

        return result;
    }

    /// <inheritdoc/>
    public static ScalarInt BroadcastInt(int value)
    {
        ScalarInt result;
        for (int i = 0; i < Count; i++)
        {
            result.Lanes[i] = value;
        }

        return result;
    }

    /// <inheritdoc/>
    public static ScalarFloat LoadDoubles(double* source) => *(ScalarFloat*)source;

    /// <inheritdoc/>
    public static void StoreDoubles(double* target, ScalarFloat value) => *(ScalarFloat*)target = value;

    /// <inheritdoc/>
    public static ScalarFloat BroadcastDouble(double value)
    {
        ScalarFloat result;
        for (int i = 0; i < Count / 2; i++)
        {
            ((double*)result.Lanes)[i] = value;
        }

        return result;
    }

    /// <inheritdoc/>
    public static ScalarFloat AddDoubles(ScalarFloat a, ScalarFloat b)
    {
        for (int i = 0; i < Count / 2; i++)
        {
            ((double*)a.Lanes)[i] += ((double*)b.Lanes)[i];
        }

        return a;
    }

    /// <inheritdoc/>
    public static ScalarFloat SubtractDoubles(ScalarFloat a, ScalarFloat b)
    {
        for (int i = 0; i < Count / 2; i++)
        {
            ((double*)a.Lanes)[i] -= ((double*)b.Lanes)[i];
        }

        return a;
    }

    /// <inheritdoc/>
    public static ScalarFloat MultiplyDoubles(ScalarFloat a, ScalarFloat b)
    {
        for (int i = 0; i < Count / 2; i++)
        {
            ((double*)a.Lanes)[i] *= ((double*)b.Lanes)[i];
        }

        return a;
    }

    /// <inheritdoc/>
    public static ScalarFloat Add(ScalarFloat a, ScalarFloat b)
    {
        for (int i = 0; i < Count; i++)
        {
            a.Lanes[i] += b.Lanes[i];
        }

        return a;
    }

    /// <inheritdoc/>
    public static ScalarFloat Subtract(ScalarFloat a, ScalarFloat b)
    {
        for (int i = 0; i < Count; i++)
        {
            a.Lanes[i] -= b.Lanes[i];
        }

        return a;
    }

    /// <inheritdoc/>
    public static ScalarFloat Multiply(ScalarFloat a, ScalarFloat b)
    {
        for (int i = 0; i < Count; i++)
        {
            a.Lanes[i] *= b.Lanes[i];
        }

        return a;
    }

    /// <inheritdoc/>
    public static ScalarFloat Divide(ScalarFloat a, ScalarFloat b)
    {
        for (int i = 0; i < Count; i++)
        {
            a.Lanes[i] /= b.Lanes[i];
        }

        return a;
    }

    /// <inheritdoc/>
    public static ScalarFloat MultiplyAdd(ScalarFloat a, ScalarFloat b, ScalarFloat c)
    {
        for (int i = 0; i < Count; i++)
        {
            a.Lanes[i] = MathF.FusedMultiplyAdd(a.Lanes[i], b.Lanes[i], c.Lanes[i]);
        }

        return a;
    }

    /// <inheritdoc/>
    public static ScalarFloat Min(ScalarFloat a, ScalarFloat b)
    {
        for (int i = 0; i < Count; i++)
        {
            a.Lanes[i] = a.Lanes[i] < b.Lanes[i] ? a.Lanes[i] : b.Lanes[i];
        }

        return a;
    }

    /// <inheritdoc/>
    public static ScalarFloat Max(ScalarFloat a, ScalarFloat b)
    {
        for (int i = 0; i < Count; i++)
        {
            a.Lanes[i] = a.Lanes[i] > b.Lanes[i] ? a.Lanes[i] : b.Lanes[i];
        }

        return a;
    }

    /// <inheritdoc/>
    public static ScalarFloat Limit(ScalarFloat x, ScalarFloat limit)
    {
        for (int i = 0; i < Count; i++)
        {
            x.Lanes[i] = MathF.Abs(x.Lanes[i]) < limit.Lanes[i] ? x.Lanes[i] : MathF.CopySign(limit.Lanes[i], x.Lanes[i]);
        }

        return x;
    }

    /// <inheritdoc/>
    public static ScalarInt AddInt(ScalarInt a, ScalarInt b)
    {
        for (int i = 0; i < Count; i++)
        {
            a.Lanes[i] += b.Lanes[i];
        }

        return a;
    }

    /// <inheritdoc/>
    public static ScalarInt MultiplyInt(ScalarInt a, ScalarInt b)
    {
        for (int i = 0; i < Count; i++)
        {
            a.Lanes[i] *= b.Lanes[i];
        }

        return a;
    }

    /// <inheritdoc/>
    public static ScalarInt ShiftLeft(ScalarInt a, int bits)
    {
        for (int i = 0; i < Count; i++)
        {
            a.Lanes[i] <<= bits;
        }

        return a;
    }

    /// <inheritdoc/>
    public static ScalarInt OrBits(ScalarInt a, ScalarInt b)
    {
        for (int i = 0; i < Count; i++)
        {
            a.Lanes[i] |= b.Lanes[i];
        }

        return a;
    }

    /// <inheritdoc/>
    public static bool AreBytes(ScalarInt value) => !new ReadOnlySpan<int>(value.Lanes, Count).ContainsAnyExceptInRange(0, byte.MaxValue);

    /// <inheritdoc/>
    public static uint OutlierLanes(ScalarInt value)
    {
        uint lanes = 0;
        for (int i = 0; i < Count; i++)
        {
            lanes |= value.Lanes[i] is < 0 or > byte.MaxValue ? 1u << i : 0;
        }

        return lanes;
    }

    /// <inheritdoc/>
    public static ScalarFloat ToFloat(ScalarInt value)
    {
        ScalarFloat result;
        for (int i = 0; i < Count; i++)
        {
            result.Lanes[i] = value.Lanes[i];
        }

        return result;
    }

    /// <inheritdoc/>
    public static ScalarInt RoundToInt(ScalarFloat value)
    {
        ScalarInt result;
        for (int i = 0; i < Count; i++)
        {
            result.Lanes[i] = (int)MathF.Round(value.Lanes[i], MidpointRounding.ToEven);
        }

        return result;
    }

    /// <inheritdoc/>
    public static ScalarFloat AsFloat(ScalarInt bits) => *(ScalarFloat*)&bits;

    /// <inheritdoc/>
    public static ScalarInt AsInt(ScalarFloat value) => *(ScalarInt*)&value;

    /// <inheritdoc/>
    public static void StoreBytes(byte* target, ScalarInt value)
    {
        for (int i = 0; i < Count; i++)
        {
            target[i] = unchecked((byte)value.Lanes[i]);
        }
    }

    /// <inheritdoc/>
    public static void StoreClamped(byte* target, ScalarInt value)
    {
        for (int i = 0; i < Count; i++)
        {
            target[i] = (byte)Math.Clamp(value.Lanes[i], 0, 255);
        }
    }

    /// <inheritdoc/>
    public static float Sum(ScalarFloat value)
    {
        for (int half = Count / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                value.Lanes[i] += value.Lanes[i + half];
            }
        }

        return value.Lanes[0];
    }

    /// <inheritdoc/>
    public static float Largest(ScalarFloat value)
    {
        // The tree of Sum: it decides between +0 and −0.
        for (int half = Count / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                value.Lanes[i] = value.Lanes[i] > value.Lanes[i + half] ? value.Lanes[i] : value.Lanes[i + half];
            }
        }

        return value.Lanes[0];
    }
}
