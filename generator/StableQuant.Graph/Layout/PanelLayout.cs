#if STABLEQUANT_RUNTIME
namespace StableQuant.Layout;
#else
namespace StableQuant.Graph.Layout;
#endif

/// <summary>
/// The layout of packed weights. Outputs are cut into panels of 16, inputs into groups of 4 int8 weights or 1 float32
/// weight; a panel holds its groups one after another, a group holds its inputs' weights for 16 outputs in 64 bytes, so
/// that one zmm, two ymm or four NEON registers read it straight. Missing outputs and inputs are zero. Channel groups of
/// a convolution follow each other.
/// </summary>
internal static class PanelLayout
{
    /// <summary>Outputs of one panel.</summary>
    public const int Outputs = 16;

    /// <summary>Inputs of one group of int8 weights.</summary>
    public const int Inputs = 4;

    /// <summary>Alignment, in bytes, of every block in the weights file and in the arena.</summary>
    public const int Alignment = 64;

    /// <summary>Groups of inputs in a step of kernels that add products in int16.</summary>
    public const int StepGroups = 4;

    /// <summary>Bytes that must lie behind a product's limits: kernels read 64 of them at a time.</summary>
    public const int LimitSlack = 64;

    /// <summary>Deviations are halved, and rounded up, before they are squared, and their squares' sum is a number of units of so many bits more.</summary>
    public const int DeviationBits = 7;

    /// <summary>What limits count squared deviations in.</summary>
    public const int DeviationUnit = 4 << DeviationBits;

    /// <summary>Bytes of a group: the weights of 16 outputs and 4 int8 inputs or 1 float32 input.</summary>
    public const int GroupBytes = 64;

    /// <summary>Inputs of a step.</summary>
    public const int StepInputs = StepGroups * Inputs;

    /// <summary>Bytes behind the last deviation: the last ones are read, and written, some vectors at a time.</summary>
    private const int DeviationSlack = 128;

    /// <summary>Bytes of stack that a product's deviations may take (see <see cref="DeviationBytes"/>); a product that needs more has no use for limits.</summary>
    public const long MaxDeviationBytes = 1 << 16;

    /// <summary>Outputs, or frames, with those missing to whole panels.</summary>
    public static int Padded(int outputs) => Panels(outputs) * Outputs;

    /// <summary>Panels that hold <paramref name="outputs"/> outputs.</summary>
    public static int Panels(int outputs) => (outputs + Outputs - 1) / Outputs;

    /// <summary>Int8 inputs, with those missing to whole groups.</summary>
    public static int PaddedInputs(int inputs) => InputGroups(inputs) * Inputs;

    /// <summary>Groups of int8 weights that hold <paramref name="inputs"/> inputs.</summary>
    public static int InputGroups(int inputs) => (inputs + Inputs - 1) / Inputs;

    /// <summary>Bytes of one matrix of <paramref name="outputs"/> × <paramref name="inputs"/> int8 weights.</summary>
    public static long Bytes(int outputs, int inputs) => (long)Panels(outputs) * InputGroups(inputs) * Outputs * Inputs;

    /// <summary>Bytes of one matrix of <paramref name="outputs"/> × <paramref name="inputs"/> float32 weights.</summary>
    public static long FloatBytes(int outputs, int inputs) => (long)Panels(outputs) * inputs * Outputs * sizeof(float);

    /// <summary>
    /// Bytes of one matrix's limits (<c>limits=</c> in a description). A step is 4 groups of inputs; what groups are left behind
    /// the last one have none. Eight of its 16 inputs, 0 and 1 or 2 and 3 of each group, are added in one int16 lane. Each panel
    /// has two lists of a byte a step: up to which Σ (input − zero point)² of eight, in units of <see cref="DeviationUnit"/>, the sums
    /// of 8 products fit int16 for all 16 outputs; and then the same for sums of 4, of two neighbouring groups. 255 is always, 0 is never.
    /// </summary>
    public static long LimitBytes(int outputs, int inputs) => (long)Panels(outputs) * LimitBytes(inputs);

    /// <summary>The same for one panel.</summary>
    public static int LimitBytes(int inputs) => 2 * (InputGroups(inputs) / StepGroups);

    /// <summary>
    /// Bytes of the deviations of a block of rows: for each 16 inputs one, and some that are read and written beyond the last. Rows may
    /// overlap, so that a block's are those of the bytes that it spans.
    /// </summary>
    /// <param name="rows">Rows of a block, and of a tile that begins before it.</param>
    /// <param name="stride">Inputs from one row to the next.</param>
    /// <param name="inputs">Inputs of a row.</param>
    public static long DeviationBytes(int rows, long stride, long inputs) => (rows * stride + inputs) / StepInputs + DeviationSlack;

    /// <summary>Position of one int8 weight within its matrix.</summary>
    public static long Index(int output, int input, int inputs) =>
        (((long)(output / Outputs) * InputGroups(inputs) + input / Inputs) * Outputs + output % Outputs) * Inputs + input % Inputs;

    /// <summary>Position of one float32 weight within its matrix, in floats.</summary>
    public static long FloatIndex(int output, int input, int inputs) => ((long)(output / Outputs) * inputs + input) * Outputs + output % Outputs;
}
