using System.Globalization;

namespace VoiceCommands;

/// <summary>What the user asked for.</summary>
/// <param name="Paths">Recordings, or <c>-</c> for standard input; none for the bundled ones.</param>
/// <param name="MaxSeconds">The longest recording to make room for.</param>
/// <param name="Fingerprint">Whether to print hashes of what the model computes, in place of its text.</param>
internal sealed record CommandLine(IReadOnlyList<string> Paths, double MaxSeconds, bool Fingerprint)
{
    private const double ShortestRoom = 0.025;
    private const double LongestRoom = 600;

    /// <summary>Standard input in place of a file.</summary>
    public const string StandardInput = "-";

    /// <summary>The text of <c>--help</c>.</summary>
    public const string Help = """
        Turns spoken commands into text with a model compiled into this program.

        usage: VoiceCommands [--max-seconds N] [--fingerprint] [FILE…]
               arecord -t raw -f S16_LE -r 16000 | VoiceCommands -

        FILE            a recording: WAV of any rate; flac, mp3, ogg, opus and m4a where ffmpeg is installed.
        -               standard input: 16 kHz, 16 bit, little-endian, mono, without a header: each utterance is a line as
                        soon as a pause ends it; press Ctrl-C to end. Or a WAV stream, which is one recording.
        (none)          the bundled recordings, compared with their transcripts.
        --max-seconds N the longest recording accepted, in seconds (30). More takes more memory.
        --fingerprint   print path and SHA-256 of the logits (float32, little-endian), separated by a tab: to see that
                        two machines, or two builds, compute the very same bits. STABLEQUANT_KERNELS chooses kernels.
        --help          this text.

        Prints one line a recording, separated by tabs: path, text, seconds of audio, real-time factor (time taken by
        the model / length of the audio) and the kernels in use. Of an utterance of standard input: start and end in
        seconds, and text.
        Exit status: 0 all done, 1 a recording could not be transcribed, 2 wrong usage.
        """;

    /// <summary>Reads the arguments; exactly one of the results is not null.</summary>
    /// <returns>The request, or what is wrong with the arguments.</returns>
    public static (CommandLine? Request, string? Problem) Parse(ReadOnlySpan<string> arguments)
    {
        var paths = new List<string>();
        double maxSeconds = 30;
        bool fingerprint = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument == "--max-seconds")
            {
                if (i + 1 == arguments.Length
                    || !double.TryParse(arguments[++i], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out maxSeconds)
                    || maxSeconds is not (>= ShortestRoom and <= LongestRoom))
                {
                    return (null, string.Create(CultureInfo.InvariantCulture, $"--max-seconds takes a number from {ShortestRoom} to {LongestRoom}"));
                }
            }
            else if (argument == "--fingerprint")
            {
                fingerprint = true;
            }
            else if (argument == "--")
            {
                paths.AddRange(arguments[(i + 1)..]);
                break;
            }
            else if (argument.Length == 0 || (argument[0] == '-' && argument != StandardInput))
            {
                return (null, $"unknown option '{argument}'");
            }
            else
            {
                paths.Add(argument);
            }
        }

        return (new CommandLine(paths, maxSeconds, fingerprint), null);
    }
}
