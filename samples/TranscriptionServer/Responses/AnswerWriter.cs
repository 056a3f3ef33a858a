using System.Text.Json;
using StableQuant.Recognition;
using StableQuant.Subtitles;
using TranscriptionServer.Requests;

namespace TranscriptionServer.Responses;

/// <summary>Writes what was heard in the form that was asked for.</summary>
internal static class AnswerWriter
{
    public static Task WriteAsync(HttpResponse response, TranscriptionRequest request, Transcription heard, CancellationToken cancellationToken) => request switch
    {
        { IsStreamed: true } => StreamAsync(response, heard, cancellationToken),
        { Format: AnswerFormat.Json } => response.WriteAsJsonAsync(new TextBody(heard.Text, Usage.Of(heard.Duration)), ResponseJson.Default.TextBody, cancellationToken: cancellationToken),
        { Format: AnswerFormat.VerboseJson } => response.WriteAsJsonAsync(Verbose(request, heard), ResponseJson.Default.VerboseBody, cancellationToken: cancellationToken),
        { Format: AnswerFormat.Srt } => TextAsync(response, Subtitles(heard, TranscriptFormat.Srt), cancellationToken),
        { Format: AnswerFormat.Vtt } => TextAsync(response, Subtitles(heard, TranscriptFormat.Vtt), cancellationToken),
        _ => TextAsync(response, heard.Text + "\n", cancellationToken),
    };

    private static VerboseBody Verbose(TranscriptionRequest request, Transcription heard) => new(
        "transcribe",
        Commands.LanguageName,
        heard.Duration.TotalSeconds,
        heard.Text,
        request.HasWords ? [.. heard.Words.Select(word => new WordBody(word.Text, word.Start, word.End, word.Confidence))] : null,
        request.HasSegments ? Segments.Of(heard.Words) : null,
        Usage.Of(heard.Duration));

    private static string Subtitles(Transcription heard, TranscriptFormat format)
    {
        using var text = new StringWriter();
        TranscriptWriter.Write(text, new Transcript("", heard.Duration.TotalSeconds, heard.Words), format);
        return text.ToString();
    }

    // OpenAI's clients know by this type that there is no JSON to parse, subtitles included.
    private static Task TextAsync(HttpResponse response, string text, CancellationToken cancellationToken)
    {
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync(text, cancellationToken);
    }

    // Put one behind the other, the deltas are the text.
    private static async Task StreamAsync(HttpResponse response, Transcription heard, CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        string space = "";
        foreach (SegmentBody segment in Segments.Of(heard.Words))
        {
            await EventAsync(JsonSerializer.Serialize(new DeltaEvent("transcript.text.delta", space + segment.Text), ResponseJson.Default.DeltaEvent));
            space = " ";
        }

        await EventAsync(JsonSerializer.Serialize(new DoneEvent("transcript.text.done", heard.Text, Usage.Of(heard.Duration)), ResponseJson.Default.DoneEvent));
        await EventAsync("[DONE]");

        Task EventAsync(string data) => response.WriteAsync($"data: {data}\n\n", cancellationToken);
    }
}
