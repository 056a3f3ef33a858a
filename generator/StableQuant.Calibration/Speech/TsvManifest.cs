namespace StableQuant.Calibration.Speech;

/// <summary>
/// A manifest: one line an utterance, the audio's path (relative to the manifest), TAB, the transcript. The path as
/// written, with forward slashes, is the utterance's id. An empty transcript says that there is no speech.
/// </summary>
internal static class TsvManifest
{
    public static List<Utterance> Read(string file)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var utterances = new List<Utterance>();
        var lineOf = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((int number, string text) in ManifestText.Lines(file))
        {
            string[] columns = text.Split('\t');
            if (columns.Length != 2)
            {
                throw ManifestText.Error(file, number, $"expected 2 columns, path TAB transcript, but found {columns.Length}.");
            }

            string path = columns[0].Trim();
            string id = path.Replace('\\', '/');
            if (path.Length == 0)
            {
                throw ManifestText.Error(file, number, "the path is empty.");
            }

            // An utterance listed twice would count twice.
            if (!lineOf.TryAdd(id, number))
            {
                throw ManifestText.Error(file, number, $"{path} is listed already, in line {lineOf[id]}.");
            }

            // No file's name holds a NUL, and no path that does can be made.
            string? audio = id.Contains('\0', StringComparison.Ordinal) ? null : Path.GetFullPath(Path.Combine(folder, id));
            if (!File.Exists(audio))
            {
                throw ManifestText.Error(file, number, $"there is no audio file {path}.");
            }

            utterances.Add(new Utterance(id, audio, columns[1].Trim()));
        }

        return utterances;
    }
}
