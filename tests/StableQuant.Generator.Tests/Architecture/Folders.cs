using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StableQuant.Generator.Tests.Architecture;

/// <summary>A file of one folder names what another folder declares.</summary>
/// <param name="From">The folder that knows.</param>
/// <param name="To">The folder that is known.</param>
/// <param name="Example">A file and what it names.</param>
internal sealed record Dependency(string From, string To, string Example)
{
    /// <inheritdoc/>
    public override string ToString() => $"{From} knows {To}: {Example}";
}

/// <summary>Which folders of a project know which: by types and their members as the compiler understands them, comments apart.</summary>
internal static class Folders
{
    private const string ImplicitUsings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>The dependencies between folders, one example each.</summary>
    /// <param name="sources">Paths from the project's root, and texts. What they use of packages that are not here may stay unknown.</param>
    public static IReadOnlyList<Dependency> Dependencies(IEnumerable<(string Path, string Text)> sources)
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Folders", sources.Append(("", ImplicitUsings)).Select(s => CSharpSyntaxTree.ParseText(s.Item2, Compiling.Parsing, s.Item1)), Compiling.References, Compiling.Options);
        return [.. compilation.SyntaxTrees.SelectMany(tree => Of(tree, compilation.GetSemanticModel(tree))).DistinctBy(d => (d.From, d.To))];
    }

    /// <summary>
    /// Those dependencies that are part of a circle, or lead from one circle to another. A folder is made of its subfolders, and they of
    /// what lies beside them in it: these two know one another.
    /// </summary>
    public static IReadOnlyList<Dependency> Circles(IReadOnlyList<Dependency> all)
    {
        all = [.. all.Where(d => !IsWithin(d.From, d.To) && !IsWithin(d.To, d.From))];
        Dependency[] inner = [.. all.Where(d => all.Any(other => other.From == d.To) && all.Any(other => other.To == d.From))];
        return inner.Length == all.Count ? inner : Circles(inner);
    }

    private static IEnumerable<Dependency> Of(SyntaxTree tree, SemanticModel model) =>
        from name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
        let info = model.GetSymbolInfo(name)
        // Where an argument is of an unknown type, the method is a candidate only.
        let symbol = info.Symbol ?? info.CandidateSymbols.FirstOrDefault()
        where symbol is not null
        let declared = symbol as INamespaceOrTypeSymbol ?? symbol.ContainingType
        where declared is not null
        let folders = declared.DeclaringSyntaxReferences.Select(place => Folder(place.SyntaxTree)).Distinct().ToArray()
        where folders.Length == 1 && folders[0] != Folder(tree)
        select new Dependency(Folder(tree), folders[0], $"{Path.GetFileName(tree.FilePath)} names {declared.Name}");

    private static bool IsWithin(string folder, string other) => other == "." || folder.StartsWith(other + "/", StringComparison.Ordinal);

    private static string Folder(SyntaxTree tree) => Path.GetDirectoryName(tree.FilePath) is { Length: > 0 } folder ? folder.Replace('\\', '/') : ".";
}
