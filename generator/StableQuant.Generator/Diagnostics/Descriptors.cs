using Microsoft.CodeAnalysis;

namespace StableQuant.Generator.Diagnostics;

/// <summary>Every diagnostic of the generator.</summary>
internal static class Descriptors
{
    private const string Category = "StableQuant";

    public static readonly DiagnosticDescriptor InvalidDescription = new(
        "SQ0001",
        "The quantized graph description is not valid",
        "{0}: {1}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor MissingDescription = new(
        "SQ0002",
        "The quantized graph description is not among the AdditionalFiles",
        "There is no AdditionalFile '{0}'; add <AdditionalFiles Include=\"…/{0}\" /> to the project",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor UnsuitableClass = new(
        "SQ0003",
        "The class cannot become a speech model",
        "'{0}' must be a partial, non-static, non-generic class that is not nested and has no base class, so that the model can be compiled into it",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor DuplicateClass = new(
        "SQ0004",
        "Two models have one class name",
        "Two models would both become the class '{0}' (upper and lower case are the same here); give one another name with a [StableQuantModel] class or the metadata StableQuantClass",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor InvalidName = new(
        "SQ0005",
        "The model's class cannot have this name",
        "{0}: {1}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);
}
