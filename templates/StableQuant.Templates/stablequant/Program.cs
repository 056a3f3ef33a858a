using StableQuant;
using StableQuant.Audio;
using StableQuant.Recognition;

// dotnet run -- speech.wav
if (args.Length == 0)
{
    Console.Error.WriteLine("Name recordings to transcribe: WAV, and all else that ffmpeg reads where it is on the PATH.");
    return 2;
}

using var asr = new Commands();
foreach (string path in args)
{
    try
    {
        Transcription heard = asr.RecognizeFile(path);
        Console.WriteLine($"{path}: {heard.Text}");
        foreach (Word word in heard.Words)
        {
            Console.WriteLine($"{word.Start,8:0.00} {word.End,8:0.00} {word.Confidence,5:P0}  {word.Text}");
        }
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException or AudioFormatException)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
}

return 0;

/// <summary>The recogniser: everything else of this class is generated from the model. Another model is another file in Models, and another line in the project.</summary>
[StableQuantModel("commands.sqmodel")]
internal sealed partial class Commands;
