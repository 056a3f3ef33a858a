using System.CommandLine;
using StableQuant.Calibration;
using StableQuant.Cli.Output;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant emit NAME.sqmodel -o DIR</c>: the C# that the generator would make, by the same code.</summary>
internal static class EmitCommand
{
    public static Command Create()
    {
        Argument<string> model = SharedOptions.CompiledModel();
        var output = new Option<string>("--output", "-o") { Description = "The folder for the C# files; made if missing.", HelpName = "DIR", Required = true };
        Option<bool> json = SharedOptions.Json();

        var command = new Command("emit", "Write the C# that the source generator makes of a quantized model.") { model, output, json };
        command.Handle((parse, cancellationToken) =>
        {
            string folder = parse.GetRequiredValue(output);
            IReadOnlyList<string> written = Write(Emit(parse.GetRequiredValue(model)), folder, cancellationToken);
            if (parse.GetValue(json))
            {
                JsonOutput.Write(new { files = written });
            }
            else
            {
                written.ToList().ForEach(Console.Out.WriteLine);
            }

            return ExitStatus.Done;
        });
        return command;
    }

    private static IReadOnlyList<(string FileName, string Text)> Emit(string path) =>
        throw new StableQuantException($"{path}: this build cannot emit yet.");

    private static List<string> Write(IReadOnlyList<(string FileName, string Text)> sources, string folder, CancellationToken cancellationToken)
    {
        using var files = new AtomicFiles();
        var written = new List<string>();
        foreach ((string name, string text) in sources)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string path = Path.Combine(folder, name);
            File.WriteAllText(files.Add(path), text);
            written.Add(path);
        }

        files.Commit();
        return written;
    }
}
