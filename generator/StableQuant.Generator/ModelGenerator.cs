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

        // 2. The classes that ask for one, and what is wrong with them.
        IncrementalValueProvider<EquatableArray<DeclaredClass>> classes = context.SyntaxProvider
            .ForAttributeWithMetadataName(DeclaredClass.Attribute, (node, _) => node is ClassDeclarationSyntax, (found, _) => DeclaredClass.Read(found))
            .Collect()
            .Select((found, _) => new EquatableArray<DeclaredClass>(found))
            .WithTrackingName("Classes");
        IncrementalValueProvider<EquatableArray<Finding>> classFindings = classes
            .Combine(descriptions.Select((file, _) => file.Path).Collect())
            .Select((pair, _) => DeclaredClass.Check(pair.Left, pair.Right))
            .WithTrackingName("ClassFindings");

        // 3. Parse, lower and emit, each description by itself.
        IncrementalValuesProvider<CompiledDescription> compiled = descriptions
            .Combine(classes)
            .Select((pair, cancellation) => CompiledDescription.Compile(pair.Left, pair.Right, cancellation))
            .WithTrackingName("Compiled");

        // 4. What keeps a model that compiled out of the project: another model, or the project's options, which tell where help is, too.
        IncrementalValueProvider<EquatableArray<Conflict>> conflicts = compiled
            .Select((model, _) => (model.Path, model.Class))
            .Collect()
            .Select((models, _) => Conflict.Find(models))
            .WithTrackingName("Conflicts");
        IncrementalValueProvider<ProjectOptions> project = context.CompilationProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select((pair, _) => ProjectOptions.Read(pair.Left, pair.Right.GlobalOptions))
            .WithTrackingName("Project");

        context.RegisterSourceOutput(classFindings.Combine(project), (output, found) => Report(output, found.Left, found.Right));
        context.RegisterSourceOutput(compiled.Combine(conflicts.Combine(project)), (output, found) => Output(output, found.Left, found.Right.Left, found.Right.Right));
    }

    private static void Output(SourceProductionContext context, CompiledDescription model, EquatableArray<Conflict> conflicts, ProjectOptions project)
    {
        Finding? finding = model.Finding
            ?? conflicts.FirstOrDefault(c => c.Path == model.Path)?.Finding
            ?? (model.Class.Length > 0 ? project.Refusal(model.Path) : null);
        if (finding is not null)
        {
            Report(context, [finding], project);
            return;
        }

        foreach (GeneratedFile file in model.Files)
        {
            context.AddSource(file.Name, SourceText.From(file.Text, Encoding.UTF8));
        }
    }

    private static void Report(SourceProductionContext context, IEnumerable<Finding> findings, ProjectOptions project)
    {
        foreach (Finding finding in findings)
        {
            context.ReportDiagnostic(finding.ToDiagnostic(project.Pages));
        }
    }
}
