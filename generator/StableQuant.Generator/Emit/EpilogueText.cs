using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>The form of an epilogue: what a kernel's text depends on.</summary>
/// <param name="Activation">The activation function applied; null for none.</param>
/// <param name="Residual">Whether a value is added.</param>
/// <param name="Float">Whether the float result is stored.</param>
/// <param name="Quantized">The type of the quantized result; null where there is none.</param>
/// <param name="Keep">Whether the quantized result keeps its outliers.</param>
/// <param name="Dither">Whether the quantized result is dithered.</param>
internal sealed record EpilogueForm(ActivationFunction? Activation, bool Residual, bool Float, QuantizedType? Quantized, bool Keep, bool Dither)
{
    public static EpilogueForm Of(Epilogue epilogue) => new(
        epilogue.Activation, epilogue.Residual is not null, epilogue.Float is not null, epilogue.Quantized?.Grid.Type, epilogue.Quantized?.Kept is not null,
        epilogue.Quantized?.Grid.IsDithered == true);

    /// <summary>What a kernel's name says of it: <c>GeluAddF32U8DitherKeep</c>.</summary>
    public string Suffix => Activation?.Identifier + (Residual ? "Add" : "") + (Float ? "F32" : "") + Quantized switch
    {
        QuantizedType.U8 => "U8",
        QuantizedType.S8 => "S8",
        _ => "",
    } + (Dither ? "Dither" : "") + (Keep ? "Keep" : "");

    /// <summary>The same in words, for a summary.</summary>
    public string Words => string.Join(", ", new[]
    {
        Activation?.Title,
        Residual ? "residual" : null,
        Float ? "stored as float32" : null,
        Quantized is { } type ? $"quantized to {type.ToString().ToLowerInvariant()}{(Dither ? " with dither" : "")}{(Keep ? ", outliers kept" : "")}" : null,
    }.Where(word => word is not null));
}

/// <summary>Writes the C# of an epilogue: a loop takes vectors of 16 results through to memory, 64 vectors at most.</summary>
internal static class EpilogueText
{
    /// <summary>Writes the constants that the loop needs: what is read through <c>a</c> in it is read again each time.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="form">The epilogue.</param>
    public static void WriteConstants(SourceWriter writer, EpilogueForm form)
    {
        if (form.Residual)
        {
            writer.Lines("float* residual = a.Residual;");
        }

        if (form.Float)
        {
            writer.Lines("float* output = a.Output;");
        }

        if (form.Quantized is { } type)
        {
            writer.Lines("byte* quantized = a.Quantized;");
            string range = form.Keep ? "-a.Limit, a.Limit" : type == QuantizedType.U8 ? "0, 255" : "-127, 127";
            writer.Lines($"__Layers::LaneQuantizer<TIsa, TInt, TFloat> grid = new(a.InverseScale, a.ZeroPoint, {range});");
            if (form.Dither)
            {
                writer.Lines("""
                    float* dither = a.Dither;
                    int firstChannel = a.FirstChannel;
                    """);
            }
        }
    }

    /// <summary>Whether any of the loop's integers, whose bits are together in <c>bits</c>, lie beyond the grid.</summary>
    public const string HasOutliers = "!TIsa.AreBytes(bits)";

    /// <summary>Writes what stands before the loop.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="form">The epilogue.</param>
    public static void WriteBefore(SourceWriter writer, EpilogueForm form)
    {
        if (form.Keep)
        {
            writer.Lines("TInt bits = TIsa.BroadcastInt(0);");
        }
    }

    /// <summary>Writes what the loop does with the results <c>y</c>, which lie at <c>at</c> in a result's matrix.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="form">The epilogue.</param>
    /// <param name="row">C# for their row.</param>
    /// <param name="count">C# for how many of the 16 are results, from <c>column</c> on; null where all are.</param>
    /// <param name="integers">C# for where its integers may be put until after the loop.</param>
    public static void Write(SourceWriter writer, EpilogueForm form, string row, string? count, string integers)
    {
        if (form.Activation is { } function)
        {
            writer.Lines($"y = __Lanes::Elementary<TIsa, TInt, TFloat>.{function.Identifier}(y);");
        }

        if (form.Residual)
        {
            writer.Lines("y = TIsa.Add(y, TIsa.Load(residual + at));");
        }

        if (form.Float)
        {
            writer.Lines(Store("", "output + at", "y", count));
        }

        if (form.Quantized is null)
        {
            return;
        }

        writer.Lines(form.Dither ? $"TInt q = grid.Quantize(y, TIsa.Load(__Layers::Dither.At(dither, {row}, firstChannel + column)));" : "TInt q = grid.Quantize(y);");
        if (form.Keep)
        {
            writer.Lines($"""
                TIsa.StoreInt({integers}, q);
                bits = TIsa.OrBits(bits, q);
                """);
        }

        writer.Lines(Store(form.Keep ? "Clamped" : "Bytes", "quantized + at", "q", count));
    }

    /// <summary>Writes what stands behind the loop.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="form">The epilogue.</param>
    /// <param name="condition">C# for whether any integers lie beyond the grid.</param>
    /// <param name="vectors">C# for the first vector's integers.</param>
    /// <param name="count">C# for the number of vectors.</param>
    /// <param name="panels">C# for the vectors of a row.</param>
    /// <param name="row">C# for the first row.</param>
    /// <param name="column">C# for the first vector's column.</param>
    /// <param name="end">C# for the column behind the last one.</param>
    public static void WriteAfter(
        SourceWriter writer, EpilogueForm form, string condition, string vectors, string count, string panels, string row, string column, string end)
    {
        if (!form.Keep)
        {
            return;
        }

        writer.Lines("");
        writer.Open($"if ({condition})");
        writer.Lines($"__Outliers::OutlierKernels<TIsa, TInt, TFloat>.Append({vectors}, {count}, {panels}, {row}, a.FirstChannel + {column}, a.FirstChannel + {end}, a.Outliers);");
        writer.Close();
    }

    private static string Store(string type, string target, string value, string? count) => count is null
        ? $"TIsa.Store{type}({target}, {value});"
        : $"__Lanes::Elementary<TIsa, TInt, TFloat>.Store{type}Partial({target}, {value}, {count});";
}
