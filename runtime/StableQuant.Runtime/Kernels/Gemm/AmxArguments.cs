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
    public long GoesOn;
    public long IsStored;
}
