using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>What becomes of a product's sums before the epilogue.</summary>
internal enum Scaling
{
    /// <summary>Each output has a bias and, in int8, a factor.</summary>
    PerOutput,

    /// <summary>One factor for all, no bias.</summary>
    Single,

    /// <summary>Each row has a factor; no bias. In int8 alone.</summary>
    PerRow,

    /// <summary>They are the result.</summary>
    None,
}

/// <summary>
/// How a product multiplies: the C# in which int8 and float32 differ. In both, 64 bytes of packed weights hold one group of
/// inputs for 16 outputs, and the sums of 16 outputs are one variable.
/// </summary>
/// <param name="Title">What a kernel's name says of it.</param>
/// <param name="Element">Type of an input.</param>
/// <param name="InputWord">The same in words.</param>
/// <param name="WeightWord">Type of a weight, in words.</param>
/// <param name="GroupInputs">Inputs of one group of weights.</param>
/// <param name="Rows">The argument that points to the first row of the input.</param>
/// <param name="Sums">Type of the running sums.</param>
/// <param name="Weights">Type of one group of weights, loaded.</param>
/// <param name="Input">Type of one group of inputs, loaded.</param>
internal abstract record Arithmetic(
    string Title, string Element, string InputWord, string WeightWord, int GroupInputs, string Rows, string Sums, string Weights, string Input)
{
    /// <summary>u8 × s8 in int32.</summary>
    public static readonly Arithmetic Int8 = new Int8Arithmetic("TIsa.InputBias - ");

    /// <summary>The same by pairs of int16, which no instruction set shifts.</summary>
    public static readonly Arithmetic Int16Pairs = new Int8Arithmetic("-");

    /// <summary>float32, one fused multiply-add an input, in the inputs' order.</summary>
    public static readonly Arithmetic Float = new FloatArithmetic();

    /// <summary>The head of the loop over the groups of inputs, <c>k</c> being the first input of one.</summary>
    /// <param name="groups">C# for the number of groups.</param>
    public abstract string Loop(string groups);

    /// <summary>Reads a group of weights.</summary>
    public abstract string LoadWeights(string address);

    /// <summary>Reads a group of inputs.</summary>
    public abstract string LoadInput(string row);

    /// <summary>Adds the products of one group to the sums.</summary>
    public abstract string Accumulate(string sums, string input, string weights);

    /// <summary>Puts the sums, in the order of the outputs, into memory.</summary>
    public abstract string Store(string target, string sums);

    /// <summary>Writes the constants of the 16 outputs at <c>column</c>.</summary>
    public abstract void WriteConstants(SourceWriter writer, Scaling scaling);

    /// <summary>C# for the results of row <c>r</c> of the sums.</summary>
    public abstract string Result(Scaling scaling);

    /// <param name="Less">C# for what the path subtracts from every input, and the sign of what is subtracted of that.</param>
    private sealed record Int8Arithmetic(string Less) : Arithmetic(
        "", "byte", "u8", "s8", PanelLayout.Inputs, "a.Input", "TSums", "TWeights", "TInput")
    {
        public override string Loop(string groups) => $"for (int k = 0; k < {groups} * {GroupInputs}; k += {GroupInputs})";

        public override string LoadWeights(string address) => $"TIsa.LoadWeights({address})";

        public override string LoadInput(string row) => $"TIsa.LoadInput({row} + k)";

        public override string Accumulate(string sums, string input, string weights) => $"TIsa.Dot({sums}, {input}, {weights})";

        public override string Store(string target, string sums) => $"TIsa.StoreInt({target}, TIsa.Finish({sums}));";

        public override void WriteConstants(SourceWriter writer, Scaling scaling)
        {
            writer.Lines($"TInt correction = TIsa.MultiplyInt(TIsa.LoadInt(a.Sums + column), TIsa.BroadcastInt({Less}a.InputZeroPoint));");
            writer.Lines(scaling switch
            {
                Scaling.PerOutput => """
                    TFloat factor = TIsa.Load(a.Multipliers + column);
                    TFloat bias = TIsa.Load(a.Bias + column);
                    """,
                Scaling.PerRow => "float* factors = a.RowMultipliers + row;",
                _ => "TFloat factor = TIsa.Broadcast(a.Multiplier);",
            });
        }

        public override string Result(Scaling scaling)
        {
            const string Sum = "TIsa.ToFloat(TIsa.AddInt(TIsa.LoadInt(sums), correction))";
            return scaling switch
            {
                Scaling.PerOutput => $"TIsa.MultiplyAdd({Sum}, factor, bias)",
                Scaling.PerRow => $"TIsa.Multiply({Sum}, TIsa.Broadcast(factors[r]))",
                _ => $"TIsa.Multiply({Sum}, factor)",
            };
        }
    }

    private sealed record FloatArithmetic() : Arithmetic("Float", "float", "float32", "float32", 1, "a.Source", "TFloat", "TFloat", "TFloat")
    {
        public override string Loop(string groups) => $"for (int k = 0; k < {groups}; k++)";

        public override string LoadWeights(string address) => $"TIsa.Load({Floats(address)})";

        public override string LoadInput(string row) => $"TIsa.Broadcast({row}[k])";

        public override string Accumulate(string sums, string input, string weights) => $"TIsa.MultiplyAdd({input}, {weights}, {sums})";

        public override string Store(string target, string sums) => $"TIsa.Store({Floats(target)}, {sums});";

        private static string Floats(string address) => $"(float*){(address.Contains(' ') ? $"({address})" : address)}";

        public override void WriteConstants(SourceWriter writer, Scaling scaling)
        {
            if (scaling != Scaling.None)
            {
                writer.Lines(scaling == Scaling.PerOutput ? "TFloat bias = TIsa.Load(a.Bias + column);" : "TFloat factor = TIsa.Broadcast(a.Multiplier);");
            }
        }

        public override string Result(Scaling scaling) => scaling switch
        {
            Scaling.PerOutput => "TIsa.Add(TIsa.Load((float*)sums), bias)",
            Scaling.Single => "TIsa.Multiply(TIsa.Load((float*)sums), factor)",
            _ => "TIsa.Load((float*)sums)",
        };
    }
}
