using StableQuant.Audio;

namespace StableQuant.Calibration.Speech;

/// <summary>A folder of audio, searched to the bottom, without transcripts. The path within the folder is the id.</summary>
internal static class AudioFolder
{
    public static List<Utterance> Read(string folder)
    {
        List<Utterance> utterances = Files(folder, SearchOption.AllDirectories)
            .Select(path => new Utterance(Path.GetRelativePath(folder, path).Replace('\\', '/'), path, null))
            .ToList();
        return utterances.Count > 0
            ? utterances
            : throw new StableQuantException($"{folder}: the folder holds no audio.");
    }

    /// <summary>The audio files of a folder, in ordinal order.</summary>
    public static IEnumerable<string> Files(string folder, SearchOption depth) =>
        Directory.EnumerateFiles(folder, "*", depth).Where(AudioFile.IsSupported).Order(StringComparer.Ordinal);
}
