using System.CommandLine;
using StableQuant.Audio;
using StableQuant.Calibration;
using StableQuant.Cli.Output;

namespace StableQuant.Cli.Commands;

/// <summary>What a command does, and how its failures reach the user.</summary>
internal static class CommandAction
{
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
                    Messages.WriteError("cancelled.");
                    return ExitStatus.Failed;
                }
                catch (UsageException e)
                {
                    Messages.WriteError($"{e.Message} See: {Invocation(parse)} --help");
                    return ExitStatus.WrongUsage;
                }
                catch (Exception e)
                {
                    Messages.WriteError(IsForUser(e) ? e.Message : $"unexpected {e.GetType().Name}: {e.Message} This is a defect of stablequant; please report it.");
                    return ExitStatus.Failed;
                }
            },
            CancellationToken.None));

    /// <summary>Whether an exception's message was written for the user.</summary>
    public static bool IsForUser(Exception e) =>
        e is StableQuantException or AudioFormatException or IOException or UnauthorizedAccessException or PlatformNotSupportedException;

    /// <summary>The command as the user typed it, without its arguments.</summary>
    public static string Invocation(ParseResult parse) =>
        parse.CommandResult.Command is RootCommand ? "stablequant" : $"stablequant {parse.CommandResult.Command.Name}";
}
