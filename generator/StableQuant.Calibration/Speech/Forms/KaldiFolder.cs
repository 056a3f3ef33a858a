namespace StableQuant.Calibration.Speech.Forms;

/// <summary>
/// A folder of Kaldi's: <c>wav.scp</c> with lines of a recording's id and its file, <c>text</c> with an utterance's id and what was said, and
/// where utterances are parts of recordings <c>segments</c> with utterance, recording, start and end in seconds.
/// </summary>
internal static class KaldiFolder
{
    private const string Recordings = "wav.scp";
    private const string Transcripts = "text";
    private const string Segments = "segments";

    public static bool Holds(string folder) => File.Exists(Path.Combine(folder, Recordings)) && File.Exists(Path.Combine(folder, Transcripts));

    public static SpeechList Read(string folder)
    {
        var list = new SpeechList("a Kaldi folder");
        Dictionary<string, string> files = Pairs(Path.Combine(folder, Recordings));
        Dictionary<string, string>? segments = File.Exists(Path.Combine(folder, Segments)) ? Pairs(Path.Combine(folder, Segments)) : null;
        string texts = Path.Combine(folder, Transcripts);
        foreach ((int number, string line) in ManifestText.Lines(texts))
        {
            string place = ManifestText.Place(texts, number);
            (string id, string transcript) = Pair(line);
            string[] segment = segments is null ? [id, "0", ""] : segments.GetValueOrDefault(id, "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (segment.Length < 3)
            {
                list.AddBad(place, $"{id} has no recording, start and end in {Segments}.");
            }
            else if (!files.TryGetValue(segment[0], out string? written))
            {
                list.AddBad(place, $"{segment[0]} has no file in {Recordings}.");
            }
            else if (written.EndsWith('|'))
            {
                list.AddBad(place, $"the file of {segment[0]} is a command, which is not run: write its output to a file and name that in {Recordings}.");
            }
            else if (transcript.Length == 0)
            {
                list.AddBad(place, $"{id} has no transcript.");
            }
            else if (segments is null)
            {
                list.Add(place, new Utterance(id, AudioPaths.Find(texts, AudioPaths.Id(written)), transcript), written);
            }
            else if (Columns.Times(segment[1], segment[2]) is var (start, end) && end > start)
            {
                list.Add(place, new Utterance(id, AudioPaths.Find(texts, AudioPaths.Id(written)), transcript) { Start = start, Length = end - start }, written);
            }
            else
            {
                list.AddBad(place, $"{id} has no times in seconds in {Segments}.");
            }
        }

        return list;
    }

    private static Dictionary<string, string> Pairs(string file)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((int number, string line) in ManifestText.Lines(file))
        {
            (string key, string value) = Pair(line);
            if (!pairs.TryAdd(key, value))
            {
                throw new StableQuantException($"{ManifestText.Place(file, number)}: {key} is listed already.");
            }
        }

        return pairs;
    }

    private static (string Key, string Value) Pair(string line)
    {
        string[] parts = line.Trim().Split([' ', '\t'], 2, StringSplitOptions.TrimEntries);
        return (parts[0], parts.Length > 1 ? parts[1] : "");
    }
}
