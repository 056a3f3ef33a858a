namespace StableQuant.Graph;

/// <summary>A function that models apply to each element behind a product: one row here for each that is understood.</summary>
/// <param name="Name">Its name in a description: the kind of the operation; also, in Pascal case, of the runtime's function.</param>
/// <param name="Title">Its name for people.</param>
public sealed record ActivationFunction(string Name, string Title)
{
    /// <summary>The Gaussian error linear unit, x/2 · (1 + erf(x/√2)).</summary>
    public static readonly ActivationFunction Gelu = new("gelu", "GELU");

    /// <summary>Its approximation by the hyperbolic tangent, x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³))).</summary>
    public static readonly ActivationFunction GeluTanh = new("gelu-tanh", "GELU (tanh)");

    /// <summary>The rectified linear unit, max(x, 0).</summary>
    public static readonly ActivationFunction Relu = new("relu", "ReLU");

    /// <summary>The sigmoid linear unit, also called swish, x / (1 + e⁻ˣ).</summary>
    public static readonly ActivationFunction Silu = new("silu", "SiLU");

    /// <summary>All of them.</summary>
    public static EquatableArray<ActivationFunction> All { get; } = new([Gelu, GeluTanh, Relu, Silu]);

    /// <summary>The name in Pascal case.</summary>
    public string Identifier => string.Concat(Name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word.Substring(1)));

    /// <summary>The name within those of operations, whatever the form: <c>block0.gelu</c>.</summary>
    public string Role => Name.Split('-')[0];

    /// <summary>The function of a name; null where there is none.</summary>
    public static ActivationFunction? Find(string name) => All.FirstOrDefault(function => function.Name == name);
}
