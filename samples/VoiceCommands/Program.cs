using System.Text;
using VoiceCommands;

const int Done = 0;
const int Failed = 1;
const int WrongUsage = 2;

Console.OutputEncoding = Encoding.UTF8;
if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(CommandLine.Help);
    return Done;
}

(CommandLine? request, string? problem) = CommandLine.Parse(args);
if (request is null)
{
    Console.Error.WriteLine($"VoiceCommands: {problem}; see --help");
    return WrongUsage;
}

using var model = new Commands(request.MaxSeconds);
var transcriber = new Transcriber(model);
int status = Done;
if (request.Paths.Count == 0 && request.Fingerprint)
{
    Try(() => BundledRecordings.Fingerprint(transcriber));
}
else if (request.Paths.Count == 0)
{
    Try(() => BundledRecordings.Compare(transcriber));
}

foreach (string path in request.Paths)
{
    Try(() => Console.WriteLine(request.Fingerprint ? $"{path}\t{transcriber.Fingerprint(path)}" : transcriber.Transcribe(path).ToString()));
}

return status;

// One bad recording does not keep the others from being transcribed.
void Try(Action work)
{
    try
    {
        work();
    }
    catch (RecordingException e)
    {
        Console.Error.WriteLine($"VoiceCommands: {e.Message}");
        status = Failed;
    }
}
