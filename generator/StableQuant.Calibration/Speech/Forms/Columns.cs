using System.Globalization;

namespace StableQuant.Calibration.Speech.Forms;

/// <summary>Which columns of a table, or keys of JSON, are the audio, the transcript, and the part of the audio.</summary>
/// <param name="Audio">Name of the audio's.</param>
/// <param name="Transcript">Name of the transcript's.</param>
internal sealed record Columns(string Audio, string Transcript)
{
    private const string Normalized = "normalized_";
    private const string Offset = "offset";
    private const string Duration = "duration";

    /// <summary>The longest time taken, in seconds: what is beyond is no time of a recording.</summary>
    private const double MaxSeconds = 1e7;

    private static readonly string[] AudioNames =
        ["path", "file_name", "filename", "file_path", "filepath", "file", "audio", "audio_file", "audio_filepath", "audio_filename", "audio_path", "wav", "wav_file", "wav_filename", "wav_path", "clip"];

    private static readonly string[] TranscriptNames = ["sentence", "transcription", "transcript", "text"];

    /// <summary>How to read the columns, for people.</summary>
    public override string ToString() => $"audio in '{Audio}', transcript in '{Transcript}'";

    /// <summary>Whether these names are a header: one of them is the audio's, one the transcript's.</summary>
    public static bool AreKnown(IReadOnlyList<string> names) => names.Any(IsAudio) && names.Any(IsTranscript);

    /// <summary>Finds the columns.</summary>
    /// <param name="file">Names the file in errors.</param>
    /// <param name="names">The names that there are.</param>
    /// <exception cref="StableQuantException">There is no such column, or more than one.</exception>
    public static Columns Find(string file, IReadOnlyList<string> names)
    {
        string[] transcripts = [.. names.Where(IsTranscript)];
        // Where a text is there as written and as normalised, the latter is for recognition.
        transcripts = [.. transcripts.Where(name => !transcripts.Contains(Normalized + name, StringComparer.OrdinalIgnoreCase))];
        return new Columns(One(file, "audio", [.. names.Where(IsAudio)], AudioNames, names), One(file, "transcripts", transcripts, TranscriptNames, names));
    }

    /// <summary>Reads a row.</summary>
    /// <param name="list">Takes the utterance.</param>
    /// <param name="file">The manifest.</param>
    /// <param name="place">Where in it the row is.</param>
    /// <param name="value">The row's value in a column; null where it has none.</param>
    public void Read(SpeechList list, string file, string place, Func<string, string?> value)
    {
        string written = value(Audio)?.Trim() ?? "";
        string transcript = value(Transcript)?.Trim() ?? "";
        if (written.Length == 0)
        {
            list.AddBad(place, $"has no '{Audio}'.");
        }
        else if (transcript.Length == 0)
        {
            list.AddBad(place, $"{written} has no transcript ('{Transcript}' is empty).");
        }
        else if (!TryTime(value(Offset), 0, out TimeSpan? offset) || !TryTime(value(Duration), double.Epsilon, out TimeSpan? duration))
        {
            list.AddBad(place, $"'{Offset}' and '{Duration}' of {written} are no times in seconds.");
        }
        else
        {
            string id = AudioPaths.Id(written);
            string path = AudioPaths.Find(file, id);
            // A duration without an offset only says how long the file is.
            list.Add(place, offset is { } start
                ? new Utterance($"{id}@{start.TotalSeconds.ToString("0.######", CultureInfo.InvariantCulture)}", path, transcript) { Start = start, Length = duration }
                : new Utterance(id, path, transcript), written);
        }
    }

    /// <summary>Two times in seconds; null where one is none.</summary>
    public static (TimeSpan First, TimeSpan Second)? Times(string first, string second) =>
        TryTime(first, 0, out TimeSpan? one) && TryTime(second, 0, out TimeSpan? two) && one is { } a && two is { } b ? (a, b) : null;

    private static bool TryTime(string? text, double least, out TimeSpan? time)
    {
        time = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        bool isTime = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds >= least && seconds < MaxSeconds;
        time = isTime ? TimeSpan.FromSeconds(seconds) : null;
        return isTime;
    }

    private static string One(string file, string what, string[] found, string[] known, IReadOnlyList<string> names) => found switch
    {
        [string name] => name,
        [] => throw new StableQuantException($"{file}: no column is known to be the {what}; name it {string.Join(", ", known)}. There are {string.Join(", ", names)}."),
        _ => throw new StableQuantException($"{file}: more than one column may be the {what}: {string.Join(", ", found)}; keep one of them, or name the others otherwise."),
    };

    private static bool IsAudio(string name) => AudioNames.Contains(name, StringComparer.OrdinalIgnoreCase);

    private static bool IsTranscript(string name) =>
        TranscriptNames.Contains(name.StartsWith(Normalized, StringComparison.OrdinalIgnoreCase) ? name[Normalized.Length..] : name, StringComparer.OrdinalIgnoreCase);
}
