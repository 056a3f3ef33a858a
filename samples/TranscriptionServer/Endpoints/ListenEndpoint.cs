using System.Net.WebSockets;
using StableQuant.Audio;
using TranscriptionServer.Configuration;
using TranscriptionServer.Errors;
using TranscriptionServer.Limits;
using TranscriptionServer.Live;
using TranscriptionServer.Metrics;
using TranscriptionServer.Recognition;
using TranscriptionServer.WebSockets;

namespace TranscriptionServer.Endpoints;

/// <summary><c>/v1/listen</c>: a WebSocket that takes speech and gives words as they come. It ends with one close frame, whose reason says why.</summary>
internal sealed partial class ListenEndpoint(
    ServerOptions options, Admission admission, SpeechService speech, ServerMetrics metrics, IHostApplicationLifetime lifetime, ILogger<ListenEndpoint> log)
{
    /// <summary>The name of what is spoken inside the WebSocket.</summary>
    public const string Protocol = "captions";

    private const string Rate = "sample_rate";

    // What is counted where no close frame came or went.
    private const int Abnormal = 1006;

    public async Task AnswerAsync(HttpContext context)
    {
        CheckQuery(context.Request.Query);
        using IDisposable? place = admission.TryEnter();
        var connection = new WebSocketConnection(await Handshake.AcceptAsync(context, Protocol), LiveStream.MaxMessage, TimeSpan.FromSeconds(options.UploadSeconds));
        metrics.Streams.Add(1);
        try
        {
            await ServeAsync(context, connection, isAdmitted: place is not null);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client has gone, or does not read what it is sent.
            context.Abort();
        }
        finally
        {
            metrics.Streams.Add(-1);
            metrics.Closes.Add(1, new KeyValuePair<string, object?>("status", connection.Status ?? Abnormal));
        }
    }

    private async Task ServeAsync(HttpContext context, WebSocketConnection connection, bool isAdmitted)
    {
        try
        {
            // A page in a browser cannot see why a WebSocket was refused, but why it was closed.
            await (isAdmitted
                ? new LiveStream(connection, speech, options).RunAsync(lifetime.ApplicationStopping, context.RequestAborted)
                : throw new CloseException(CloseException.TryAgainLater, "the server has as many requests as it takes; try again"));
        }
        catch (CloseException e)
        {
            await connection.CloseAsync(e.Status, e.Message);
        }
        catch (ApiException)
        {
            await connection.CloseAsync(CloseException.TryAgainLater, "the server could not hear the stream in time; try again");
        }
        catch (Exception e) when (e is not (IOException or OperationCanceledException))
        {
            LogUnexpected(log, e);
            await connection.CloseAsync(WebSocketCloseStatus.InternalServerError, "the server had an error, which its log tells");
        }
    }

    private static void CheckQuery(IQueryCollection query)
    {
        if (query.Keys.FirstOrDefault(name => name != Rate) is { } unknown)
        {
            throw ApiException.Invalid($"There is no parameter '{unknown}'; there is {Rate}.", unknown, "unknown_parameter");
        }

        string rate = FormattableString.Invariant($"{AudioFile.ModelRate}");
        if (query.TryGetValue(Rate, out Microsoft.Extensions.Primitives.StringValues value) && value != rate)
        {
            throw ApiException.Invalid($"{Rate} is '{value}'; live speech is taken at {rate} samples a second.", Rate, "invalid_value");
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A live stream failed in a way that is a defect of the server.")]
    private static partial void LogUnexpected(ILogger log, Exception exception);
}
