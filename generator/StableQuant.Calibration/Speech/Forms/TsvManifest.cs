namespace StableQuant.Calibration.Speech.Forms;

/// <summary>
/// A manifest: one line an utterance, the audio's path (relative to the manifest), TAB, the transcript. The path as
/// written, with forward slashes, is the utterance's id. An empty transcript says that there is no speech.
/// </summary>
internal static class TsvManifest
{
    public static SpeechList Read(string file)
    {
        var list = new SpeechList();
        foreach ((int number, string text) in ManifestText.Lines(file))
        {
            string place = ManifestText.Place(file, number);
            string[] columns = text.Split('\t');
            string id = AudioPaths.Id(columns[0]);
            if (columns.Length != 2)
            {
                list.AddBad(place, $"expected 2 columns, path TAB transcript, but found {columns.Length}.");
            }
            else if (id.Length == 0)
            {
                list.AddBad(place, "the path is empty.");
            }
            else
            {
                list.Add(place, new Utterance(id, AudioPaths.Find(file, id, isPlain: true), columns[1].Trim()), columns[0].Trim());
            }
        }

        return list;
    }
}
