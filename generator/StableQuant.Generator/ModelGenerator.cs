using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using StableQuant.Generator.Diagnostics;
using StableQuant.Generator.Parse;
using StableQuant.Graph;

namespace StableQuant.Generator;

/// <summary>The source generator: every <c>.sqmodel</c> among the AdditionalFiles becomes a class.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class ModelGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        // 1. The descriptions, as text.
        IncrementalValuesProvider<DescriptionFile> descriptions = context.AdditionalTextsProvider
            .Where(file => file.Path.EndsWith(DescriptionFile.Ending, StringComparison.OrdinalIgnoreCase))
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select((pair, cancellation) => DescriptionFile.Read(pair.Left, pair.Right, cancellation))
            .WithTrackingName("Descriptions");

        // 2. The classes that ask for one.
        IncrementalValueProvider<EquatableArray<DeclaredClass>> classes = context.SyntaxProvider
            .ForAttributeWithMetadataName(DeclaredClass.Attribute, (node, _) => node is ClassDeclarationSyntax, (found, _) => DeclaredClass.Read(found))
            .Collect()
            .Select((found, _) => new EquatableArray<DeclaredClass>(found))
            .WithTrackingName("Classes");

        // 3. Parse, lower and emit, each description by itself.
        IncrementalValuesProvider<CompiledDescription> compiled = descriptions
            .Combine(classes)
            .Select((pair, cancellation) => CompiledDescription.Compile(pair.Left, pair.Right, cancellation))
            .WithTrackingName("Compiled");

        // 4. Two models cannot become one class.
        IncrementalValueProvider<EquatableArray<string>> duplicates = compiled
            .Select((model, _) => model.Class)
            .Collect()
            .Select((classes, _) => Duplicates(classes))
            .WithTrackingName("Duplicates");

        context.RegisterSourceOutput(compiled.Combine(duplicates), Output);
        context.RegisterSourceOutput(classes.Combine(descriptions.Select((file, _) => file.Path).Collect()), ReportClasses);
        context.RegisterSourceOutput(duplicates, ReportDuplicates);
    }

    private static void Output(SourceProductionContext context, (CompiledDescription Model, EquatableArray<string> Duplicates) found)
    {
        CompiledDescription model = found.Model;
        if (model.Error is { } error)
        {
            var start = new LinePosition(error.Line - 1, error.Column - 1);
            Location location = Location.Create(model.Path, default, new LinePositionSpan(start, new(start.Line, start.Character + error.Length)));
            context.ReportDiagnostic(Diagnostic.Create(Descriptors.InvalidDescription, location, DescriptionFile.NameOf(model.Path), error.Message));
        }

        if (model.BadName is { } problem)
        {
            context.ReportDiagnostic(Diagnostic.Create(Descriptors.InvalidName, Location.Create(model.Path, default, default), DescriptionFile.NameOf(model.Path), problem));
        }

        if (found.Duplicates.Contains(model.Class, StringComparer.OrdinalIgnoreCase))
        {
            return;
        }

        foreach (GeneratedFile file in model.Files)
        {
            context.AddSource(file.Name, SourceText.From(file.Text, Encoding.UTF8));
        }
    }

    private static void ReportClasses(SourceProductionContext context, (EquatableArray<DeclaredClass> Classes, ImmutableArray<string> Paths) found)
    {
        foreach (DeclaredClass declared in found.Classes)
        {
            if (!declared.IsSuitable)
            {
                context.ReportDiagnostic(Diagnostic.Create(Descriptors.UnsuitableClass, declared.Place.ToLocation(), declared.Name));
            }

            if (!found.Paths.Any(declared.Names))
            {
                context.ReportDiagnostic(Diagnostic.Create(Descriptors.MissingDescription, declared.Place.ToLocation(), declared.Description));
            }
        }
    }

    // By name without regard to case, because a compiler takes generated files' names so.
    private static EquatableArray<string> Duplicates(IEnumerable<string> classes) =>
        new(classes.Where(name => name.Length > 0).GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1).Select(same => same.First()));

    private static void ReportDuplicates(SourceProductionContext context, EquatableArray<string> duplicates)
    {
        foreach (string name in duplicates)
        {
            context.ReportDiagnostic(Diagnostic.Create(Descriptors.DuplicateClass, Location.None, name));
        }
    }
}
