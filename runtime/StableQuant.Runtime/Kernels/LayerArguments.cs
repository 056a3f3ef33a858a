namespace StableQuant.Runtime;

/// <summary>What one layer hands to its kernel. A kernel reads the fields that its shape and epilogue need.</summary>
public unsafe struct LayerArguments
{
    /// <summary>The first row (frame) to compute.</summary>
    public int FirstRow;

    /// <summary>The row behind the last one to compute.</summary>
    public int EndRow;

    /// <summary>First row of a product's quantized input, u8.</summary>
    public byte* Input;

    /// <summary>Zero point of that input.</summary>
    public int InputZeroPoint;

    /// <summary>What that input keeps beyond its grid.</summary>
    public Remainders InputRemainders;

    /// <summary>The first channel that the kernel reads, where a convolution has several channel groups.</summary>
    public int FirstInputChannel;

    /// <summary>Inputs from one row to the next, where the kernel's shape does not fix them.</summary>
    public int InputStride;

    /// <summary>Groups of 4 int8 inputs or 1 float32 input, where the kernel's shape does not fix them.</summary>
    public int InputGroups;

    /// <summary>Panels of 16 outputs, where the kernel's shape does not fix them.</summary>
    public int Panels;

    /// <summary>First row of the input of a norm, an elementwise step or a float32 product.</summary>
    public float* Source;

    /// <summary>Packed weights.</summary>
    public byte* Weights;

    /// <summary>
    /// Whether every sum of two neighbouring products (inputs 0 and 1, 2 and 3 …) of an output fits int16, whatever the u8
    /// inputs are.
    /// </summary>
    public bool FitsInt16;

    /// <summary>
    /// Where <see cref="FitsInt16"/>: a bit for each step of 8 inputs × 16 outputs, whole words of 64 bits a panel,
    /// that says that for
    /// some output the sum of the step's products 0, 1, 4 and 5, or that of 2, 3, 6 and 7, can leave int16; null for no such step.
    /// </summary>
    public byte* WideSteps;

    /// <summary>Σw of each output, for the zero-point correction.</summary>
    public int* Sums;

    /// <summary>Dequantisation factor of each output.</summary>
    public float* Multipliers;

    /// <summary>Dequantisation factor of all outputs, where there is but one.</summary>
    public float Multiplier;

    /// <summary>Bias of each output, or of each channel of a norm.</summary>
    public float* Bias;

    /// <summary>Gain of each channel of a norm.</summary>
    public float* Gain;

    /// <summary>Added to a norm's variance.</summary>
    public float Epsilon;

    /// <summary>First row of the value added before the result is stored (residual connection).</summary>
    public float* Residual;

    /// <summary>First row of the float32 result.</summary>
    public float* Output;

    /// <summary>Floats between two rows of that result, where the kernel's shape does not fix them.</summary>
    public int OutputStride;

    /// <summary>First row of the quantized result, u8 or s8.</summary>
    public byte* Quantized;

    /// <summary>1/scale of the quantized result.</summary>
    public float InverseScale;

    /// <summary>Zero point of the quantized result.</summary>
    public int ZeroPoint;

    /// <summary>The largest integer, in magnitude, that is kept.</summary>
    public int Limit;

    /// <summary>The kernel's first channel of a row of that list.</summary>
    public int FirstChannel;

    /// <summary>Where the quantized result keeps what lies beyond its grid.</summary>
    public Remainders Remainders;

    /// <summary>Working memory of a kernel that needs some.</summary>
    public byte* Scratch;
}
