namespace StableQuant.Graph;

/// <summary>
/// The layout of packed int8 weights. Outputs are cut into panels of 16, inputs into groups of 4; a panel holds its
/// groups one after another, a group holds 16 outputs × 4 inputs in 64 bytes, so that one zmm, two ymm or four NEON
/// registers read it straight. Missing outputs and inputs are zero. Channel groups of a convolution follow each other.
/// </summary>
public static class PanelLayout
{
    /// <summary>Outputs of one panel.</summary>
    public const int Outputs = 16;

    /// <summary>Inputs of one group.</summary>
    public const int Inputs = 4;

    /// <summary>Alignment, in bytes, of every block in the weights file and in the arena.</summary>
    public const int Alignment = 64;

    /// <summary>Panels that hold <paramref name="outputs"/> outputs.</summary>
    public static int Panels(int outputs) => (outputs + Outputs - 1) / Outputs;

    /// <summary>Input groups that hold <paramref name="inputs"/> inputs.</summary>
    public static int InputGroups(int inputs) => (inputs + Inputs - 1) / Inputs;

    /// <summary>Bytes of one matrix of <paramref name="outputs"/> × <paramref name="inputs"/> weights.</summary>
    public static long Bytes(int outputs, int inputs) => (long)Panels(outputs) * InputGroups(inputs) * Outputs * Inputs;

    /// <summary>Position of one weight within its matrix.</summary>
    public static long Index(int output, int input, int inputs) =>
        (((long)(output / Outputs) * InputGroups(inputs) + input / Inputs) * Outputs + output % Outputs) * Inputs + input % Inputs;
}
