using System.CommandLine;
using Microsoft.CodeAnalysis.CSharp;
using StableQuant.Calibration;
using StableQuant.Calibration.Compile;
using StableQuant.Cli.Output;
using StableQuant.Generator;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant emit NAME.sqmodel -o DIR</c>: the C# that the generator would make, by the same code.</summary>
internal static class EmitCommand
{
    public static Command Create()
    {
        Argument<string> model = SharedOptions.CompiledModel();
        var output = new Option<string>("--output", "-o") { Description = "The folder for the C# files; made if missing.", HelpName = "DIR", Required = true };
        var inNamespace = new Option<string>("--namespace")
        {
            Description = "The namespace of the class; by default none.",
            HelpName = "NAMESPACE",
            DefaultValueFactory = _ => "",
        };
        inNamespace.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string name }] && !name.Split('.').All(IsName))
            {
                result.AddError($"'{name}' is not a namespace.");
            }
        });
        var named = new Option<string?>("--class") { Description = "The name of the class; by default that of the model's file.", HelpName = "CLASS" };
        named.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string name }] && !IsName(name))
            {
                result.AddError($"'{name}' is not a name for a class.");
            }
        });
        Option<bool> json = SharedOptions.Json();

        var command = new Command("emit", "Write the C# that the source generator makes of a quantized model.") { model, output, inNamespace, named, json };
        command.Handle((parse, cancellationToken) =>
        {
            string path = parse.GetRequiredValue(model);
            ClassTarget target = ClassTarget.For(Path.GetFileName(path)) with { Namespace = parse.GetRequiredValue(inNamespace) };
            if (parse.GetValue(named) is { } name)
            {
                target = target with { Name = name };
            }

            List<string> written = Write(SqModelFile.Compile(path, target), parse.GetRequiredValue(output), cancellationToken);
            if (parse.GetValue(json))
            {
                JsonOutput.Write(new { files = written });
            }
            else
            {
                written.ForEach(path => TextLines.Write(path));
            }

            return ExitStatus.Done;
        });
        return command;
    }

    private static bool IsName(string word) => SyntaxFacts.IsValidIdentifier(word) && SyntaxFacts.GetKeywordKind(word) == SyntaxKind.None;

    private static List<string> Write(IReadOnlyList<GeneratedFile> sources, string folder, CancellationToken cancellationToken)
    {
        using var files = new AtomicFiles();
        var written = new List<string>();
        foreach (GeneratedFile source in sources)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string path = Path.Combine(folder, source.Name);
            File.WriteAllText(files.Add(path), source.Text);
            written.Add(path);
        }

        files.Commit();
        return written;
    }
}
