using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>The form of an epilogue: what a kernel's text depends on.</summary>
/// <param name="Gelu">Whether GELU is applied.</param>
/// <param name="Residual">Whether a value is added.</param>
/// <param name="Float">Whether the float result is stored.</param>
/// <param name="Quantized">The type of the quantized result; null where there is none.</param>
/// <param name="Keep">Whether the quantized result keeps its outliers.</param>
internal sealed record EpilogueForm(bool Gelu, bool Residual, bool Float, QuantizedType? Quantized, bool Keep)
{
    public static EpilogueForm Of(Epilogue epilogue) => new(
        epilogue.Gelu, epilogue.Residual is not null, epilogue.Float is not null, epilogue.Quantized?.Grid.Type, epilogue.Quantized?.Kept is not null);

    /// <summary>What a kernel's name says of it: <c>GeluAddF32U8</c>.</summary>
    public string Suffix => (Gelu ? "Gelu" : "") + (Residual ? "Add" : "") + (Float ? "F32" : "") + Quantized switch
    {
        QuantizedType.U8 => "U8",
        QuantizedType.S8 => "S8",
        _ => "",
    } + (Keep ? "Keep" : "");

    /// <summary>The same in words, for a summary.</summary>
    public string Words => string.Join(", ", new[]
    {
        Gelu ? "GELU" : null,
        Residual ? "residual" : null,
        Float ? "stored as float32" : null,
        Quantized is { } type ? $"quantized to {type.ToString().ToLowerInvariant()}{(Keep ? ", outliers kept" : "")}" : null,
    }.Where(word => word is not null));
}

/// <summary>Writes the C# of an epilogue: it takes 16 results <c>y</c> at <c>row</c>, <c>column</c> through to memory.</summary>
internal static class EpilogueText
{
    /// <summary>Writes the statements.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="form">The epilogue.</param>
    /// <param name="stride">C# for the elements from one row of a result to the next.</param>
    /// <param name="columns">Results of a row that this kernel makes; the last 16 may be fewer. Null where there are always 16.</param>
    public static void Write(SourceWriter writer, EpilogueForm form, string stride, int? columns)
    {
        if (form.Gelu)
        {
            writer.Lines("y = SQ::Elementary<TPath, TInt, TFloat>.Gelu(y);");
        }

        string at = $"(long)row * {stride} + column";
        if (form.Residual)
        {
            writer.Lines($"y = TPath.Add(y, TPath.Load(a.Residual + {at}));");
        }

        int tail = (columns ?? 0) % PanelLayout.Outputs;
        if (tail != 0)
        {
            writer.Open($"if (column == {columns - tail})");
            Stores(writer, form, at, "SQ::Elementary<TPath, TInt, TFloat>.StorePartial", "SQ::Elementary<TPath, TInt, TFloat>.StoreBytesPartial", tail);
            writer.Lines("return;");
            writer.Close();
            writer.Lines("");
        }

        Stores(writer, form, at, "TPath.Store", "TPath.StoreBytes", null);
    }

    private static void Stores(SourceWriter writer, EpilogueForm form, string at, string store, string storeBytes, int? tail)
    {
        string count = tail is null ? "" : $", {tail}";
        if (form.Float)
        {
            writer.Lines($"{store}(a.Output + {at}, y{count});");
        }

        if (form.Quantized is { } type)
        {
            string range = type == QuantizedType.U8 ? "0, 255" : "-127, 127";
            string quantized = form.Keep
                ? $"SQ::RemainderKernels<TPath, TInt, TFloat>.Quantize(y, a.InverseScale, a.ZeroPoint, a.Limit, row, a.FirstChannel + column, {tail ?? PanelLayout.Outputs}, a.Remainders)"
                : $"SQ::Elementary<TPath, TInt, TFloat>.Quantize(y, a.InverseScale, a.ZeroPoint, {range})";
            writer.Lines($"{storeBytes}(a.Quantized + {at}, {quantized}{count});");
        }
    }
}
