using TranscriptionServer.Errors;
using TranscriptionServer.Limits;
using TranscriptionServer.Recognition;
using TranscriptionServer.Requests;
using TranscriptionServer.Responses;

namespace TranscriptionServer.Endpoints;

/// <summary><c>POST /v1/audio/transcriptions</c>, as OpenAI has it: a place in the queue, the form, the words, the answer.</summary>
internal sealed class TranscriptionsEndpoint(Admission admission, UploadReader uploads, SpeechService speech)
{
    public async Task AnswerAsync(HttpContext context)
    {
        uploads.CheckSize(context.Request);
        using IDisposable place = admission.TryEnter() ?? throw ApiException.Full();
        TranscriptionRequest request = TranscriptionRequest.Of(await uploads.ReadAsync(context));
        StableQuant.Recognition.Transcription heard = await speech.RecognizeAsync(request.File, context.RequestAborted);
        await AnswerWriter.WriteAsync(context.Response, request, heard, context.RequestAborted);
    }
}
