using Microsoft.AspNetCore.Http.Features;
using TranscriptionServer.Configuration;
using TranscriptionServer.Errors;

namespace TranscriptionServer.Requests;

/// <summary>Reads the form of a request within the limits. Files beyond 64 KB lie on disk, and are deleted with the request.</summary>
internal sealed class UploadReader(ServerOptions options)
{
    // An IOException that a reader of forms throws has .NET's own number; one that a disk caused has the system's.
    private const int OwnError = unchecked((int)0x80131620);

    private readonly FormOptions limits = new()
    {
        MultipartBodyLengthLimit = options.MaxUploadBytes,
        MultipartHeadersLengthLimit = 8 << 10,
        ValueCountLimit = 32,
        ValueLengthLimit = 64 << 10,
        KeyLengthLimit = 256,
    };

    /// <summary>Refuses a body that says itself that it is too large.</summary>
    /// <exception cref="ApiException">It does.</exception>
    public void CheckSize(HttpRequest request)
    {
        if (request.ContentLength > options.MaxUploadBytes)
        {
            throw ApiException.TooLarge(options.MaxUploadBytes);
        }
    }

    /// <summary>Reads the form.</summary>
    /// <exception cref="ApiException">It is none, is damaged, or arrives too slowly.</exception>
    public async Task<IFormCollection> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw ApiException.Invalid("The request has to be a form, multipart/form-data, with the recording as 'file'.", code: "unsupported_content_type");
        }

        using var time = new CancellationTokenSource(TimeSpan.FromSeconds(options.UploadSeconds));
        context.Request.Body = new TimedBody(context.Request.Body, time.Token);
        try
        {
            return await context.Request.ReadFormAsync(limits, context.RequestAborted);
        }
        catch (Exception e) when (e is InvalidDataException or (IOException { HResult: OwnError } and not BadHttpRequestException))
        {
            throw ApiException.Invalid($"The form cannot be read: {e.Message}", code: "invalid_form");
        }
    }
}
