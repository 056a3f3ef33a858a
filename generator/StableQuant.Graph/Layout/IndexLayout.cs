#if STABLEQUANT_RUNTIME
namespace StableQuant.Layout;
#else
namespace StableQuant.Graph.Layout;
#endif

/// <summary>
/// The layout of int8 weights that are stored as indices of 4 or 3 bits into 16 or 8 levels of their output. They expand to a
/// <see cref="PanelLayout"/> exactly. A panel holds its steps of 16 inputs one after another, a step its quads of 4 outputs, missing outputs
/// to a whole quad included, but no quad that is missing altogether. In a quad byte i of 16 is of input i: of 4 bits, in the low and the
/// high half of 16 bytes the first two outputs, then of 16 more the other two; of 3 bits, two low bits of all four outputs, then their
/// high bits in 8 bytes, of input i in the low half and of input i + 8 in the high one. Channel groups of a convolution follow each other.
/// </summary>
internal static class IndexLayout
{
    /// <summary>Outputs of a quad, which are looked up and laid out together.</summary>
    public const int QuadOutputs = 4;

    /// <summary>Inputs of a step.</summary>
    public const int StepInputs = PanelLayout.StepInputs;

    /// <summary>Inputs of a quad whose high bits, of 3, share a byte.</summary>
    public const int HighBytes = StepInputs / 2;

    /// <summary>The fewest bits of an index.</summary>
    public const int MinBits = 3;

    /// <summary>The most.</summary>
    public const int MaxBits = 4;

    /// <summary>Levels of an output: that many int8 in a row.</summary>
    public static int Levels(int bits) => 1 << bits;

    /// <summary>Quads that hold <paramref name="outputs"/> outputs.</summary>
    public static int Quads(int outputs) => (outputs + QuadOutputs - 1) / QuadOutputs;

    /// <summary>Steps that hold <paramref name="inputs"/> inputs.</summary>
    public static int Steps(int inputs) => (inputs + StepInputs - 1) / StepInputs;

    /// <summary>Bytes of a quad's indices in one step.</summary>
    public static int QuadBytes(int bits) => QuadOutputs * StepInputs * bits / 8;

    /// <summary>Bytes of the indices of one matrix.</summary>
    public static long Bytes(int bits, int outputs, int inputs) => (long)Quads(outputs) * Steps(inputs) * QuadBytes(bits);

    /// <summary>Bytes of the levels of one matrix, those of outputs that are missing to a whole quad included.</summary>
    public static long LevelBytes(int bits, int outputs) => (long)Quads(outputs) * QuadOutputs * Levels(bits);

    /// <summary>Where a quad's indices of one step begin within their matrix.</summary>
    /// <param name="bits">Bits of an index.</param>
    /// <param name="outputs">Outputs of the matrix.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="output">An output of the quad.</param>
    /// <param name="input">An input of the step.</param>
    public static long Quad(int bits, int outputs, int inputs, int output, int input)
    {
        const int PanelQuads = PanelLayout.Outputs / QuadOutputs;
        int panel = output / PanelLayout.Outputs;
        int quads = Quads(outputs - panel * PanelLayout.Outputs) is var left && left < PanelQuads ? left : PanelQuads;
        return ((long)panel * PanelQuads * Steps(inputs) + (long)(input / StepInputs) * quads + output % PanelLayout.Outputs / QuadOutputs) * QuadBytes(bits);
    }
}
