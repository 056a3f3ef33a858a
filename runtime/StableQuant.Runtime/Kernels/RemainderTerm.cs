namespace StableQuant.Runtime;

/// <summary>A remainder that a row reads: times the weights there, it is added to the row's sums.</summary>
public readonly struct RemainderTerm
{
    // Eight bytes: bytes to the weights of the input's group, the remainder, the row. The weights' lowest bits, which are 0, say
    // which of the group's inputs it is.
    private const ulong Even = 1, Upper = 2;
    private const int ValueBits = 32, RowBits = 48;

    private readonly ulong bits;

    private RemainderTerm(ulong bits) => this.bits = bits;

    /// <summary>The row within a block.</summary>
    public int Row => (int)(bits >> RowBits);

    /// <summary>Bytes from a panel's first weight to those of the input's group of 4.</summary>
    public int Weights => (int)bits & ~(int)(Even | Upper);

    /// <summary>Bits to shift each output's four weights by, so that the input's own becomes an odd byte.</summary>
    public int Shift => (int)(bits & Even) * 8;

    /// <summary>The remainder as one of two int16, beside the 0 for the other odd byte.</summary>
    public int Value => (ushort)(bits >> ValueBits) << ((int)(bits & Upper) * 8);

    /// <summary>A term of row 0.</summary>
    /// <param name="weights">See <see cref="Weights"/>; a multiple of 64.</param>
    /// <param name="input">Which input of the group, 0 … 3.</param>
    /// <param name="value">The remainder.</param>
    internal static RemainderTerm Of(int weights, int input, ushort value) =>
        new((uint)weights | ((input & 1) == 0 ? Even : 0) | (input >= 2 ? Upper : 0) | (ulong)value << ValueBits);

    /// <summary>What makes a term of row 0 one of another row, whose weights begin so many bytes later, added to it.</summary>
    internal static ulong Step(int row, int weights) => ((ulong)row << RowBits) - (ulong)(long)weights;
}
