namespace StableQuant.Calibration.Speech.Forms;

/// <summary>
/// Lines with a vertical bar between the columns and no header, as LJ Speech's <c>metadata.csv</c> has them: the audio, whose folder
/// (<c>wavs</c>) and ending may be left out, the text, and where there is a third column the text with its numbers written out, which counts.
/// </summary>
internal static class PipeManifest
{
    public static bool Begins(string firstLine) => !firstLine.Contains('\t', StringComparison.Ordinal) && firstLine.Split('|').Length is 2 or 3;

    public static SpeechList Read(string file)
    {
        var list = new SpeechList("lines of audio|text, the last column being the transcript");
        foreach ((int number, string text) in ManifestText.Lines(file))
        {
            string place = ManifestText.Place(file, number);
            string[] columns = text.Split('|', StringSplitOptions.TrimEntries);
            string id = AudioPaths.Id(columns[0]);
            if (columns.Length is not (2 or 3) || id.Length == 0)
            {
                list.AddBad(place, $"expected audio|text or audio|text|normalised text, but found {columns.Length} columns.");
            }
            else if (columns[^1].Length == 0)
            {
                list.AddBad(place, $"{id} has no transcript.");
            }
            else
            {
                list.Add(place, new Utterance(id, AudioPaths.Find(file, id), columns[^1]), columns[0]);
            }
        }

        return list;
    }
}
