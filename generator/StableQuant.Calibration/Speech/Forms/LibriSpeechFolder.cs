namespace StableQuant.Calibration.Speech.Forms;

/// <summary>
/// A folder laid out as LibriSpeech is: anywhere below it <c>*.trans.txt</c> files with lines of an id, a space and the
/// transcript, and beside each the audio, named by the id.
/// </summary>
internal static class LibriSpeechFolder
{
    private const string Pattern = "*.trans.txt";

    public static bool Holds(string folder) => Transcripts(folder).Any();

    public static SpeechList Read(string folder)
    {
        var list = new SpeechList("a LibriSpeech folder");
        foreach (string file in Transcripts(folder).Order(StringComparer.Ordinal))
        {
            ILookup<string, string> audio = AudioFolder.Files(Path.GetDirectoryName(file)!, SearchOption.TopDirectoryOnly)
                .ToLookup(path => Path.GetFileNameWithoutExtension(path)!, StringComparer.Ordinal);
            foreach ((int number, string text) in ManifestText.Lines(file))
            {
                string[] parts = text.Trim().Split(' ', 2, StringSplitOptions.TrimEntries);
                if (parts.Length < 2)
                {
                    list.AddBad(ManifestText.Place(file, number), $"{parts[0]} has no transcript.");
                    continue;
                }

                string path = audio[parts[0]].FirstOrDefault() ?? "";
                list.Add(ManifestText.Place(file, number), new Utterance(parts[0], path, parts[1]), $"for {parts[0]} beside this file");
            }
        }

        return list;
    }

    private static IEnumerable<string> Transcripts(string folder) =>
        Directory.EnumerateFiles(folder, Pattern, SearchOption.AllDirectories);
}
