using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StableQuant.Recognition;

namespace StableQuant.Subtitles;

/// <summary>
/// Writes transcripts as subtitles and in the formats of speech research. The same transcript makes the same characters everywhere; lines end in
/// <c>\n</c>.
/// </summary>
public static class TranscriptWriter
{
    private static readonly JsonWriterOptions JsonOptions = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a transcript.</summary>
    /// <param name="target">Receives it; not disposed of here.</param>
    /// <param name="transcript">The transcript.</param>
    /// <param name="format">Its format.</param>
    /// <param name="options">Limits of subtitles; null for the usual ones.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format, or a limit is not positive.</exception>
    public static void Write(TextWriter target, Transcript transcript, TranscriptFormat format, SubtitleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(transcript);
        target.Write(format switch
        {
            TranscriptFormat.Srt => Srt(CueGrouping.Group(transcript.Words, options)),
            TranscriptFormat.Vtt => Vtt(CueGrouping.Group(transcript.Words, options)),
            TranscriptFormat.Json => Json(transcript),
            TranscriptFormat.TextGrid => TextGridText.Of(transcript),
            TranscriptFormat.Ctm => Ctm(transcript),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such format."),
        });
    }

    private static string Srt(IReadOnlyList<SubtitleCue> cues)
    {
        var text = new StringBuilder();
        for (int i = 0; i < cues.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i + 1}\n{Times(cues[i], ',')}\n{Plain(cues[i].Text)}\n\n");
        }

        return text.ToString();
    }

    // SubRip has no escapes. An arrow is what readers find times by; an invisible word joiner keeps them from taking text for tags (<i>, {\an8}).
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char next = i + 1 < text.Length ? text[i + 1] : '\0';
            bool opensTag = (text[i] == '<' && (char.IsAsciiLetter(next) || next == '/')) || (text[i] == '{' && next == '\\');
            plain.Append(text[i]).Append(opensTag ? "\u2060" : "");
        }

        return plain.Replace("-->", "->").ToString();
    }

    private static string Vtt(IReadOnlyList<SubtitleCue> cues)
    {
        var text = new StringBuilder("WEBVTT\n\n");
        foreach (SubtitleCue cue in cues)
        {
            // Section 4.2.2: what cue text writes as character references.
            string lines = cue.Text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
            text.Append(CultureInfo.InvariantCulture, $"{Times(cue, '.')}\n{lines}\n\n");
        }

        return text.ToString();
    }

    private static string Times(SubtitleCue cue, char point)
    {
        // A cue lasts: one that rounds to nothing gets a millisecond.
        long start = Milliseconds(cue.Start);
        return $"{Time(start, point)} --> {Time(Math.Max(Milliseconds(cue.End), start + 1), point)}";
    }

    private static string Time(long milliseconds, char point) => string.Create(
        CultureInfo.InvariantCulture, $"{milliseconds / 3_600_000:00}:{milliseconds / 60_000 % 60:00}:{milliseconds / 1000 % 60:00}{point}{milliseconds % 1000:000}");

    private static long Milliseconds(double seconds) => (long)Math.Round(Math.Max(seconds, 0) * 1000);

    private static string Json(Transcript transcript)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("text", CueGrouping.Wrap([.. transcript.Words.Select(word => word with { Text = CleanText.Of(word.Text) })], int.MaxValue)[0]);
            Json(json, "words", transcript.Words);
            if (transcript.Characters.Count > 0)
            {
                Json(json, "characters", transcript.Characters);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }

    private static void Json(Utf8JsonWriter json, string name, IReadOnlyList<Word> words)
    {
        json.WriteStartArray(name);
        foreach (Word word in words)
        {
            json.WriteStartObject();
            json.WriteString("text", CleanText.Of(word.Text));
            json.WriteNumber("start", Rounded(word.Start));
            json.WriteNumber("end", Rounded(word.End));
            json.WriteNumber("confidence", Rounded(word.Confidence));
            if (word.Score is float score)
            {
                json.WriteNumber("score", Rounded(score));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // Milliseconds, and thousandths of whatever else. Adding 0 makes −0 one, too.
    private static double Rounded(double value) => double.IsFinite(value) ? Math.Round(Math.Clamp(value, -1e9, 1e9), 3) + 0.0 : 0;

    private static string Ctm(Transcript transcript)
    {
        var text = new StringBuilder();
        foreach (Word word in transcript.Words.Where(word => word.End > word.Start))
        {
            text.Append(CultureInfo.InvariantCulture, $"{Field(transcript.Name)} 1 {word.Start:0.000} {word.End - word.Start:0.000} {Field(word.Text)} {word.Confidence:0.000}\n");
        }

        return text.ToString();
    }

    // A field has no space, is not empty, and begins no comment.
    private static string Field(string text)
    {
        string field = CleanText.Of(text).Replace(' ', '_');
        return field.Length == 0 ? "_" : field.StartsWith(";;", StringComparison.Ordinal) ? "_" + field : field;
    }
}
