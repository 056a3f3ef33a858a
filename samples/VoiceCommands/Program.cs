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

int status = Done;
try
{
    using var model = new Commands(request.MaxSeconds);
    var transcriber = new Transcriber(model);
    if (request.Paths.Count == 0)
    {
        Try(() =>
        {
            if (request.Fingerprint)
            {
                BundledRecordings.Fingerprint(transcriber);
            }
            else
            {
                BundledRecordings.Compare(transcriber);
            }
        });
    }

    foreach (string path in request.Paths)
    {
        if (path == CommandLine.StandardInput && !request.Fingerprint && !StandardInput.IsWave)
        {
            Try(() => LiveSpeech.Listen(model, StandardInput.Stream));
            continue;
        }

        Try(() => Console.WriteLine(request.Fingerprint ? $"{path}\t{transcriber.Fingerprint(path)}" : transcriber.Transcribe(path).ToString()));
    }
}
catch (Exception e) when (e is InvalidDataException or PlatformNotSupportedException)
{
    // The weights are not those of the model, or STABLEQUANT_KERNELS names kernels that this machine cannot run.
    Console.Error.WriteLine($"VoiceCommands: {e.Message.ReplaceLineEndings(" ")}");
    status = Failed;
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
