namespace StableQuant.Runtime;

/// <summary>A remainder that a row reads: times the weights there, it is added to the row's sums.</summary>
public readonly struct RemainderTerm
{
    private const int GroupInputs = 4, GroupBytes = 64;

    // Groups of weights are 64 bytes, so that the lowest bit is free: whether the input is an even one of its group.
    private readonly int weights;

    private RemainderTerm(int weights, int value)
    {
        this.weights = weights;
        Value = value;
    }

    /// <summary>The remainder as one of two int16, beside the 0 for the other odd byte.</summary>
    public int Value { get; }

    /// <summary>Bytes to the weights of the input's group of 4.</summary>
    public int Weights => weights & ~1;

    /// <summary>Bits to shift each output's four weights by, so that the input's own becomes an odd byte.</summary>
    public int Shift => (weights & 1) * 8;

    /// <summary>The term of one input of some frames.</summary>
    /// <param name="input">Its number, from the first channel of the first frame on.</param>
    /// <param name="remainder">The remainder's 16 bits.</param>
    internal static RemainderTerm Of(int input, ushort remainder) => new(
        (input / GroupInputs * GroupBytes) | (~input & 1),
        remainder << (8 * (input & 2)));
}
