using StableQuant.Audio;

namespace StableQuant.Calibration.Speech.Forms;

/// <summary>A folder of audio, searched to the bottom, without transcripts. The path within the folder is the id.</summary>
internal static class AudioFolder
{
    public static SpeechList Read(string folder)
    {
        var list = new SpeechList();
        foreach (string path in Files(folder, SearchOption.AllDirectories))
        {
            string id = AudioPaths.Id(Path.GetRelativePath(folder, path));
            list.Add(folder, new Utterance(id, path, null), id);
        }

        return list.Utterances.Count > 0
            ? list
            : throw new StableQuantException($"{folder}: the folder holds no audio, and no list of speech that is known (metadata.csv, metadata.jsonl, *.trans.txt, wav.scp, or clips beside one .tsv).");
    }

    /// <summary>The audio files of a folder, in ordinal order.</summary>
    public static IEnumerable<string> Files(string folder, SearchOption depth) =>
        Directory.EnumerateFiles(folder, "*", depth).Where(AudioFile.IsSupported).Order(StringComparer.Ordinal);
}
