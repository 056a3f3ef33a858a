namespace StableQuant.Kernels.Gemm;

/// <summary>What the entries of <c>Amx.s</c> take; it says what each field is.</summary>
internal unsafe struct AmxArguments
{
    public byte* Input;
    public long InputStride;
    public byte* Weights;
    public long PanelBytes;
    public long Steps;
    public int* Sums;
    public byte* Tail;
    public byte* TailWeights;
    public byte* Terms;
    public long TermCount;
    public AmxBegin Begin;
    public long IsStored;
}

/// <summary>What a tile begins with.</summary>
internal enum AmxBegin : long
{
    /// <summary>What the processor's tiles hold.</summary>
    Held,

    /// <summary>Sums of 0.</summary>
    Zero,

    /// <summary>The sums that lie where they are stored.</summary>
    Stored,
}
