using System.CommandLine;
using StableQuant.Audio;
using StableQuant.Calibration;
using StableQuant.Cli.Output;

namespace StableQuant.Cli.Commands;

/// <summary>Recordings that commands are given: files, or standard input for <c>-</c>. What is odd about one goes to standard error.</summary>
internal static class AudioInput
{
    private const string StandardInput = "-";

    /// <summary>FILE…, of which one may be standard input.</summary>
    public static Argument<string[]> Files() => new("FILE") { Description = "Audio files; - for standard input.", HelpName = "FILE", Arity = ArgumentArity.OneOrMore };

    /// <summary>What <see cref="Channel"/> says, for a command that hears one.</summary>
    /// <exception cref="UsageException">It says each.</exception>
    public static ChannelChoice OneChannel(ParseResult parse, Option<ChannelChoice> channel) => parse.GetValue(channel) is var choice && choice != ChannelChoice.Each
        ? choice
        : throw new UsageException($"{parse.CommandResult.Command.Name} takes one channel: --channel N or mix.");

    /// <summary>--channel.</summary>
    public static Option<ChannelChoice> Channel() => new("--channel")
    {
        Description = "Which channel: its number from 1, the mix of all (by default), or each by itself.",
        HelpName = "N|mix|each",
        DefaultValueFactory = _ => ChannelChoice.Mix,
        CustomParser = result =>
        {
            if (!ChannelChoice.TryParse(result.Tokens[0].Value, out ChannelChoice choice))
            {
                result.AddError($"--channel takes a number from 1, mix or each, not '{result.Tokens[0].Value}'.");
            }

            return choice;
        },
    };

    /// <summary>Whether there is such a file, folder or stream.</summary>
    public static bool Exists(string path) => path == StandardInput || Path.Exists(path);

    /// <summary>Whether it is no folder and no stream.</summary>
    public static bool IsFile(string path) => path != StandardInput && !Directory.Exists(path);

    /// <summary>Reads a recording at 16 kHz.</summary>
    public static AudioClip Read(string path, ChannelChoice channels, CancellationToken cancellationToken)
    {
        if (Directory.Exists(path))
        {
            throw new StableQuantException($"{path}: is a folder; name the recordings in it.");
        }

        AudioClip clip = path == StandardInput ? ReadStandardInput(channels, cancellationToken) : AudioFile.Read16k(path, channels, cancellationToken);
        WriteNotes(path, clip.Notes);
        return clip;
    }

    /// <summary>Tells what was odd about a recording.</summary>
    public static void WriteNotes(string path, IReadOnlyList<string> notes)
    {
        foreach (string note in notes)
        {
            Messages.WriteNote($"{Name(path)}: {note}");
        }
    }

    /// <summary>What messages call a recording.</summary>
    public static string Name(string path) => path == StandardInput ? "standard input" : path;

    private static AudioClip ReadStandardInput(ChannelChoice channels, CancellationToken cancellationToken)
    {
        using Stream input = Console.OpenStandardInput();
        return AudioFile.Read16k(input, Name(StandardInput), channels, cancellationToken);
    }
}
