using System.Globalization;
using TranscriptionServer.Configuration;

namespace TranscriptionServer.Errors;

/// <summary>
/// Whatever goes wrong ends in one answer of OpenAI's form. Nothing of the server's inside is told, and a client that has gone gets no answer.
/// </summary>
internal sealed partial class ErrorAnswers(RequestDelegate next, ServerOptions options, ILogger<ErrorAnswers> log)
{
    /// <summary>The status that is counted, and never sent, where the client went before its answer; the number is nginx's.</summary>
    public const int ClientClosedRequest = 499;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode >= StatusCodes.Status400BadRequest && context.Response.ContentType is null)
            {
                await WriteAsync(context, OfRouting(context));
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = ClientClosedRequest;
        }
        catch (ApiException e)
        {
            await WriteAsync(context, e);
        }
        catch (BadHttpRequestException e)
        {
            await WriteAsync(context, OfRequest(e));
        }
        catch (Exception e)
        {
            LogUnexpected(log, e);
            await WriteAsync(context, new ApiException(StatusCodes.Status500InternalServerError, "The server had an error, which its log tells."));
        }
    }

    private static ApiException OfRouting(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => new ApiException(StatusCodes.Status404NotFound, $"There is nothing at {context.Request.Path}.", code: "unknown_url"),
        StatusCodes.Status405MethodNotAllowed => new ApiException(
            StatusCodes.Status405MethodNotAllowed, $"{context.Request.Path} takes {context.Response.Headers.Allow}, not {context.Request.Method}.", code: "method_not_allowed"),
        int status => new ApiException(status, "The request cannot be answered."),
    };

    private ApiException OfRequest(BadHttpRequestException e) => e.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => ApiException.TooLarge(options.MaxUploadBytes),
        StatusCodes.Status408RequestTimeout => ApiException.TooSlow(),
        int status => new ApiException(status, e.Message),
    };

    private static async Task WriteAsync(HttpContext context, ApiException error)
    {
        HttpResponse response = context.Response;
        if (response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return;
        }

        response.StatusCode = error.Status;
        if (error.RetryAfter is int seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        // What is left of a body that was not read is not waited for.
        if (error.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status408RequestTimeout or StatusCodes.Status413PayloadTooLarge or StatusCodes.Status429TooManyRequests)
        {
            response.Headers.Connection = "close";
        }

        string type = error.Status switch
        {
            StatusCodes.Status401Unauthorized => "authentication_error",
            StatusCodes.Status429TooManyRequests => "rate_limit_error",
            >= StatusCodes.Status500InternalServerError => "server_error",
            _ => "invalid_request_error",
        };
        try
        {
            await response.WriteAsJsonAsync(new ErrorBody(new ErrorDetail(error.Message, type, error.Param, error.Code)), ErrorJson.Default.ErrorBody, cancellationToken: context.RequestAborted);
            if (error.Status is StatusCodes.Status413PayloadTooLarge)
            {
                await LingeringClose.CompleteAsync(context);
            }
        }
        catch (OperationCanceledException)
        {
            response.StatusCode = response.HasStarted ? response.StatusCode : ClientClosedRequest;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A request failed in a way that is a defect of the server.")]
    private static partial void LogUnexpected(ILogger log, Exception exception);
}
