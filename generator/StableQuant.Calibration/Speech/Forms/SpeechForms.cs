namespace StableQuant.Calibration.Speech.Forms;

/// <summary>Tells by what is in a file or folder which form of listing speech it has, and reads it.</summary>
internal static class SpeechForms
{
    /// <summary>Tables that name their clips, and lists that lie in the folder of what they list.</summary>
    private static readonly string[] Metadata = ["metadata.csv", "metadata.jsonl", "metadata.tsv"];

    /// <exception cref="StableQuantException">There is no such set, or more than one form fits.</exception>
    public static SpeechList Read(string path) =>
        File.Exists(path) ? ReadFile(path) :
        Directory.Exists(path) ? ReadFolder(path) :
        throw new StableQuantException($"{path}: there is no such manifest or folder of speech.");

    private static SpeechList ReadFile(string file)
    {
        string first = ManifestText.Lines(file).Select(line => line.Text).FirstOrDefault("");
        return
            JsonManifest.Begins(first) ? JsonManifest.Read(file) :
            TableManifest.DelimiterOf(first) is char delimiter ? TableManifest.Read(file, delimiter) :
            PipeManifest.Begins(first) ? PipeManifest.Read(file) :
            IsTable(file, first) ? throw new StableQuantException(
                $"{file}: the first line is no header that is known: it names the audio (path, file_name, audio_filepath, …) and the transcript (sentence, transcription, transcript, text). A manifest without a header has 2 columns, path TAB transcript.") :
            TsvManifest.Read(file);
    }

    /// <summary>Whether it is a table of some kind, and not two columns with a tab between them.</summary>
    private static bool IsTable(string file, string first) =>
        first.Split('\t').Length > 3 || (!first.Contains('\t', StringComparison.Ordinal) && Path.GetExtension(file).Equals(".csv", StringComparison.OrdinalIgnoreCase));

    private static SpeechList ReadFolder(string folder)
    {
        string[] lists = Lists(folder);
        (string Name, Func<SpeechList> Read)[] forms =
        [
            .. lists.Select(list => (Path.GetRelativePath(folder, list), (Func<SpeechList>)(() => ReadFile(list)))),
            .. KaldiFolder.Holds(folder) ? [("wav.scp and text, as Kaldi has them", () => KaldiFolder.Read(folder))] : Array.Empty<(string, Func<SpeechList>)>(),
            .. LibriSpeechFolder.Holds(folder) ? [("*.trans.txt, as LibriSpeech has them", () => LibriSpeechFolder.Read(folder))] : Array.Empty<(string, Func<SpeechList>)>(),
        ];
        return forms switch
        {
            [] => AudioFolder.Read(folder),
            [var only] => only.Read(),
            _ => throw new StableQuantException($"{folder}: lists speech in more than one way: {string.Join(", ", forms.Select(form => form.Name))}; name the file or folder that is meant."),
        };
    }

    /// <summary>Manifests in a folder: metadata, in it or else below it, or Common Voice's tables beside its clips.</summary>
    private static string[] Lists(string folder)
    {
        string[] Files(string pattern, SearchOption depth) => [.. Directory.EnumerateFiles(folder, pattern, depth).Order(StringComparer.Ordinal)];

        if (Directory.Exists(Path.Combine(folder, "clips")))
        {
            return Files("*.tsv", SearchOption.TopDirectoryOnly);
        }

        string[] here = [.. Metadata.Select(name => Path.Combine(folder, name)).Where(File.Exists)];
        return here.Length > 0 ? here : [.. Metadata.SelectMany(name => Files(name, SearchOption.AllDirectories))];
    }
}
