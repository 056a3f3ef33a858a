namespace StableQuant.Graph;

/// <summary>A function that models apply to each element behind a product: one row here for each that is understood.</summary>
/// <param name="Name">Its name in a description: the kind of the operation; also, in Pascal case, of the runtime's function and of the ONNX operator.</param>
/// <param name="Title">Its name for people.</param>
public sealed record ActivationFunction(string Name, string Title)
{
    /// <summary>The Gaussian error linear unit, x/2 · (1 + erf(x/√2)).</summary>
    public static readonly ActivationFunction Gelu = new("gelu", "GELU");

    /// <summary>All of them.</summary>
    public static EquatableArray<ActivationFunction> All { get; } = new([Gelu]);

    /// <summary>The name in Pascal case.</summary>
    public string Identifier => char.ToUpperInvariant(Name[0]) + Name.Substring(1);

    /// <summary>The function of a name; null where there is none.</summary>
    public static ActivationFunction? Find(string name) => All.FirstOrDefault(function => function.Name == name);
}
