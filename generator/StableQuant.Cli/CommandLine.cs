using System.CommandLine;
using System.CommandLine.Invocation;
using StableQuant.Cli.Commands;
using StableQuant.Cli.Output;

namespace StableQuant.Cli;

/// <summary>The tool's command line: what commands there are.</summary>
internal static class CommandLine
{
    // After Ctrl-C a command ends between two utterances; one that takes longer is abandoned.
    private static readonly TimeSpan CancellationPatience = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Calibrate, measure and compile int8 wav2vec 2.0 and HuBERT speech models.")
        {
            CalibrateCommand.Create(),
            CompareCommand.Create(),
            ProveCommand.Create(),
            EvaluateCommand.Create(),
            TranscribeCommand.Create(),
            ListenCommand.Create(),
            AlignCommand.Create(),
            ClassifyCommand.Create(),
            EmbedCommand.Create(),
            LogitsCommand.Create(),
            InspectCommand.Create(),
            EmitCommand.Create(),
        };

        // Whoever types the name alone wants to know what there is.
        if (args.Length == 0)
        {
            args = ["--help"];
        }

        // A leading @ is part of a file's name here, not a response file.
        ParseResult parse = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.Action is ParseErrorAction)
        {
            Messages.WriteError($"{Suggestion.Explain(parse)} See: {CommandAction.Invocation(parse)} --help");
            return ExitStatus.WrongUsage;
        }

        return await parse.InvokeAsync(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = CancellationPatience,
        }).ConfigureAwait(false);
    }
}
