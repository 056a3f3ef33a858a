namespace StableQuant.Calibration.Speech;

/// <summary>
/// A folder laid out as LibriSpeech is: anywhere below it <c>*.trans.txt</c> files with lines of an id, a space and the
/// transcript, and beside each the audio, named by the id.
/// </summary>
internal static class LibriSpeechFolder
{
    private const string Pattern = "*.trans.txt";

    public static bool Holds(string folder) => Transcripts(folder).Any();

    public static List<Utterance> Read(string folder)
    {
        var utterances = new List<Utterance>();
        var placeOf = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Transcripts(folder).Order(StringComparer.Ordinal))
        {
            ILookup<string, string> audio = AudioFolder.Files(Path.GetDirectoryName(file)!, SearchOption.TopDirectoryOnly)
                .ToLookup(path => Path.GetFileNameWithoutExtension(path)!, StringComparer.Ordinal);
            foreach ((int number, string text) in ManifestText.Lines(file))
            {
                string[] parts = text.Trim().Split(' ', 2, StringSplitOptions.TrimEntries);
                string id = parts[0];
                if (!placeOf.TryAdd(id, $"{file}({number})"))
                {
                    throw ManifestText.Error(file, number, $"{id} is listed already, in {placeOf[id]}.");
                }

                string path = audio[id].FirstOrDefault()
                    ?? throw ManifestText.Error(file, number, $"there is no audio file for {id} beside this file.");
                utterances.Add(new Utterance(id, path, parts.Length > 1 ? parts[1] : ""));
            }
        }

        return utterances;
    }

    private static IEnumerable<string> Transcripts(string folder) =>
        Directory.EnumerateFiles(folder, Pattern, SearchOption.AllDirectories);
}
