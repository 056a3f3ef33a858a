using System.Globalization;
using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>How precise the operations of a description are: what the precision of a layer comes to.</summary>
internal sealed class OperationPrecision(IEnumerable<Operation> operations)
{
    private readonly HashSet<string> quantized = [.. operations.OfType<Quantize>().Select(q => q.Name)];
    private readonly bool isPacked = operations.OfType<Product>().Any(p => p.Packed is not null);

    /// <summary>
    /// A product or attention: <c>int8</c> or <c>float32</c>. A quantisation: its grid. All others, and whatever is not
    /// quantized yet: nothing.
    /// </summary>
    public string Of(Operation operation) => operation switch
    {
        Product { Packed: PackedIndices { Bits: var bits } } => string.Create(CultureInfo.InvariantCulture, $"int8, weights of {bits} bits"),
        Product { Packed: PackedIntegers } => "int8",
        Product { Packed: PackedFloat } => "float32",
        Attention a when isPacked => quantized.Contains(a.Query) ? "int8" : "float32",
        Quantize q => string.Create(CultureInfo.InvariantCulture, $"{q.Type}, step {q.Scale:G4}, zero {q.ZeroPoint}, {q.Percentile} %: {q.Why}"),
        _ => "",
    };
}
