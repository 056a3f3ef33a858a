namespace StableQuant.Calibration.Speech.Forms;

/// <summary>Finds the files that manifests name.</summary>
internal static class AudioPaths
{
    private static readonly string[] Folders = ["", "clips", "wavs", "wav", "audio"];
    private static readonly string[] Endings = ["", ".wav", ".flac", ".mp3", ".ogg", ".opus"];

    /// <summary>The path as written, with forward slashes: what an utterance is called on every machine.</summary>
    public static string Id(string written) => written.Trim().Replace('\\', '/');

    /// <summary>
    /// The file that a manifest means: beside the manifest, or in the folder of clips that tools keep beside it; the name's ending may be
    /// missing. "" where there is none.
    /// </summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="id">The path as <see cref="Id"/> has it.</param>
    /// <param name="isPlain">Whether the path is taken as it is alone.</param>
    public static string Find(string manifest, string id, bool isPlain = false)
    {
        // No file's name holds a NUL, and no path that does can be made.
        if (id.Length == 0 || id.Contains('\0', StringComparison.Ordinal))
        {
            return "";
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(manifest))!;
        IEnumerable<string> places = isPlain ? [""] : Folders;
        IEnumerable<string> endings = isPlain || Path.GetExtension(id).Length is > 1 and < 6 ? [""] : Endings;
        return places.SelectMany(place => endings.Select(ending => Path.GetFullPath(Path.Combine(folder, place, id + ending))))
            .FirstOrDefault(File.Exists) ?? "";
    }
}
