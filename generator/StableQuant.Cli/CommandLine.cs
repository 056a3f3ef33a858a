using System.CommandLine;
using System.CommandLine.Invocation;
using StableQuant.Audio;
using StableQuant.Calibration;
using StableQuant.Cli.Commands;
using StableQuant.Graph;

namespace StableQuant.Cli;

/// <summary>The tool's command line: what commands there are, and how their failures reach the user.</summary>
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
            EvaluateCommand.Create(),
            TranscribeCommand.Create(),
            InspectCommand.Create(),
            EmitCommand.Create(),
        };

        // A leading @ is part of a file's name here, not a response file.
        ParseResult parse = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.Action is ParseErrorAction)
        {
            WriteError(string.Join(" ", parse.Errors.Select(e => e.Message)) + $" See: {Invocation(parse)} --help");
            return ExitStatus.WrongUsage;
        }

        return await parse.InvokeAsync(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = CancellationPatience,
        }).ConfigureAwait(false);
    }

    /// <summary>Makes <paramref name="work"/> the action of a command; its exceptions become one line and an exit status.</summary>
    public static void Handle(this Command command, Func<ParseResult, CancellationToken, int> work) =>
        command.SetAction((parse, cancellationToken) => Task.Run(
            () =>
            {
                try
                {
                    return work(parse, cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    WriteError("cancelled.");
                    return ExitStatus.Failed;
                }
                catch (UsageException e)
                {
                    WriteError($"{e.Message} See: {Invocation(parse)} --help");
                    return ExitStatus.WrongUsage;
                }
                catch (Exception e)
                {
                    WriteError(IsForUser(e) ? e.Message : $"unexpected {e.GetType().Name}: {e.Message} This is a defect of stablequant; please report it.");
                    return ExitStatus.Failed;
                }
            },
            CancellationToken.None));

    /// <summary>Writes one line to standard error.</summary>
    public static void WriteError(string message) => WriteNote($"stablequant: {message}");

    /// <summary>Writes one line to standard error that is no error. What it quotes from a file does nothing to a terminal.</summary>
    public static void WriteNote(string message) =>
        Console.Error.WriteLine(PlainText.Of(string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))));

    /// <summary>Whether an exception's message was written for the user.</summary>
    public static bool IsForUser(Exception e) =>
        e is StableQuantException or ImportException or AudioFormatException or IOException or UnauthorizedAccessException or PlatformNotSupportedException;

    private static string Invocation(ParseResult parse) =>
        parse.CommandResult.Command is RootCommand ? "stablequant" : $"stablequant {parse.CommandResult.Command.Name}";
}
