using TranscriptionServer.Errors;
using TranscriptionServer.Limits;
using TranscriptionServer.Recognition;
using TranscriptionServer.Requests;
using TranscriptionServer.Responses;

namespace TranscriptionServer.Endpoints;

/// <summary><c>POST /v1/audio/transcriptions</c>, as OpenAI has it: a place in the queue, the form, the words, the answer.</summary>
internal sealed class TranscriptionsEndpoint(Admission admission, UploadReader uploads, SpeechService speech)
{
    private const int RetrySeconds = 1;

    public async Task AnswerAsync(HttpContext context)
    {
        uploads.CheckSize(context.Request);
        using IDisposable place = admission.TryEnter() ?? throw new ApiException(
            StatusCodes.Status429TooManyRequests, "The server has as many requests as it takes; try again.", code: "rate_limit_exceeded") { RetryAfter = RetrySeconds };
        TranscriptionRequest request = TranscriptionRequest.Of(await uploads.ReadAsync(context));
        StableQuant.Recognition.Transcription heard = await speech.RecognizeAsync(request.File, context.RequestAborted);
        await AnswerWriter.WriteAsync(context.Response, request, heard, context.RequestAborted);
    }
}
