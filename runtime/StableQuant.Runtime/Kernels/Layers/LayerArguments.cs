using System.ComponentModel;
using StableQuant.Kernels.Gemm;
using StableQuant.Kernels.Outliers;

namespace StableQuant.Kernels.Layers;

/// <summary>What one layer hands to its kernel. A kernel reads the fields that its shape and epilogue need.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
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
    public OutlierList InputOutliers;

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

    /// <summary>Packed weights; their indices where <see cref="Indexed"/> says so.</summary>
    public byte* Weights;

    /// <summary>Of a product whose weights are stored as indices, how; else the default.</summary>
    public IndexedWeights Indexed;

    /// <summary>
    /// For each step of 16 inputs × 16 outputs how far inputs may lie from their zero point for some sums of products to fit
    /// int16, see <see cref="StepDeviations"/>. Each panel has two lists of a byte a step: first for sums of eight products, of
    /// the inputs 0 and 1 of the step's four groups, and of 2 and 3; then for sums of four, of two neighbouring groups. 64 bytes
    /// behind them can be read. Null where nobody knows.
    /// </summary>
    public byte* Limits;

    /// <summary>Σw of each output, for the zero-point correction.</summary>
    public int* Sums;

    /// <summary>Dequantisation factor of each output.</summary>
    public float* Multipliers;

    /// <summary>Dequantisation factor of all outputs, where there is but one; of a scale, its factor.</summary>
    public float Multiplier;

    /// <summary>Dequantisation factor of each row, where rows have their own.</summary>
    public float* RowMultipliers;

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

    /// <summary>What is added before rounding, <see cref="Layers.Dither.Values"/>, where the quantized result is dithered.</summary>
    public float* Dither;

    /// <summary>The largest integer, in magnitude, that is kept.</summary>
    public int Limit;

    /// <summary>The kernel's first channel of a row of the quantized result, where it keeps outliers or is dithered.</summary>
    public int FirstChannel;

    /// <summary>Where the quantized result keeps what lies beyond its grid.</summary>
    public OutlierList Outliers;

    /// <summary>Working memory of a kernel that needs some.</summary>
    public byte* Scratch;
}
