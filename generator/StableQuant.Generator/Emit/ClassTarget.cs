using StableQuant.Generator.Emit;
using StableQuant.Graph;

namespace StableQuant.Generator;

/// <summary>Where a class has its weights from.</summary>
public enum WeightsPlace
{
    /// <summary>A manifest resource of its assembly.</summary>
    Embedded,

    /// <summary>A file beside the program.</summary>
    File,

    /// <summary>Whatever weights of its shape it is given when an instance is made, with grids and vocabulary of their own.</summary>
    Mounted,
}

/// <summary>The class that a model becomes.</summary>
/// <param name="Namespace">Its namespace; empty for the global one.</param>
/// <param name="Name">Its name, a valid C# identifier.</param>
/// <param name="Accessibility"><c>public</c> or <c>internal</c>.</param>
/// <param name="Weights">Name of the weights: of a manifest resource, or of a file beside the program.</param>
/// <param name="Place">Where the class has its weights from.</param>
/// <param name="MaxSeconds">The longest utterance of an instance that is made without saying it.</param>
public sealed record ClassTarget(string Namespace, string Name, string Accessibility, string Weights, WeightsPlace Place = WeightsPlace.Embedded, decimal MaxSeconds = 30)
{
    /// <summary>Full names of attributes that the class has already; generated code does not repeat them.</summary>
    public EquatableArray<string> Attributes { get; init; }

    /// <summary>The class that a description becomes where nobody declared one: it is named after the file.</summary>
    /// <param name="fileName">The description's file name without folder.</param>
    public static ClassTarget For(string fileName)
    {
        const string Ending = ".sqmodel";
        string stem = fileName.EndsWith(Ending, StringComparison.OrdinalIgnoreCase) ? fileName.Substring(0, fileName.Length - Ending.Length) : fileName;
        return new ClassTarget("", Identifiers.ForClass(stem), "public", stem + ".sqweights");
    }
}
