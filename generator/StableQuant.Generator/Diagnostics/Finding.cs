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

    /// <summary>The diagnostic, with a link to its page.</summary>
    /// <param name="pages">The folder of the pages, with a slash at its end; empty where it is not known.</param>
    public Diagnostic ToDiagnostic(string pages)
    {
        DiagnosticDescriptor linked = new(
            Descriptor.Id, Descriptor.Title, Descriptor.MessageFormat, Descriptor.Category, Descriptor.DefaultSeverity, Descriptor.IsEnabledByDefault,
            helpLinkUri: pages.Length > 0 ? $"{pages}{Descriptor.Id}.md" : null);
        return Diagnostic.Create(linked, Place.ToLocation(), [.. Arguments]);
    }
}
