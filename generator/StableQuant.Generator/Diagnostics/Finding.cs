using Microsoft.CodeAnalysis;
using StableQuant.Graph;

namespace StableQuant.Generator.Diagnostics;

/// <summary>A diagnostic on its way through the pipeline, comparable by value.</summary>
/// <param name="Descriptor">What is found.</param>
/// <param name="Place">Where.</param>
/// <param name="Arguments">What its message names.</param>
internal sealed record Finding(DiagnosticDescriptor Descriptor, Place Place, EquatableArray<string> Arguments)
{
    public Finding(DiagnosticDescriptor descriptor, Place place, params string[] arguments)
        : this(descriptor, place, new EquatableArray<string>(arguments))
    {
    }

    public Diagnostic ToDiagnostic() => Diagnostic.Create(Descriptor, Place.ToLocation(), [.. Arguments]);
}
