using System.Collections.Frozen;

namespace StableQuant.Calibration.Evaluate;

/// <summary>A folder of audio, searched to the bottom, without transcripts. The path within the folder is the id.</summary>
internal static class AudioFolder
{
    /// <summary>Endings of the files taken for audio; whether one can be decoded shows when it is read.</summary>
    private static readonly FrozenSet<string> Endings = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        ".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".wma", ".aif", ".aiff", ".webm", ".amr", ".sph");

    public static List<Utterance> Read(string folder)
    {
        List<Utterance> utterances = Files(folder, SearchOption.AllDirectories)
            .Select(path => new Utterance(Path.GetRelativePath(folder, path).Replace('\\', '/'), path, null))
            .ToList();
        return utterances.Count > 0
            ? utterances
            : throw new StableQuantException($"{folder}: the folder holds no audio ({string.Join(' ', Endings.Order(StringComparer.Ordinal))}).");
    }

    /// <summary>The audio files of a folder, in ordinal order.</summary>
    public static IEnumerable<string> Files(string folder, SearchOption depth) =>
        Directory.EnumerateFiles(folder, "*", depth)
            .Where(path => Endings.Contains(Path.GetExtension(path)))
            .Order(StringComparer.Ordinal);
}
