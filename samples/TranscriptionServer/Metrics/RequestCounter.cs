namespace TranscriptionServer.Metrics;

/// <summary>Counts every request when it has been answered. Paths that do not exist are one, so that strangers cannot make new rows.</summary>
internal sealed class RequestCounter(RequestDelegate next, ServerMetrics metrics)
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        finally
        {
            string method = Methods.FirstOrDefault(known => HttpMethods.Equals(known, context.Request.Method)) ?? "other";
            string path = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "other";
            metrics.Requests.Add(
                1,
                new KeyValuePair<string, object?>("method", method),
                new KeyValuePair<string, object?>("path", path),
                new KeyValuePair<string, object?>("status", context.Response.StatusCode));
        }
    }
}
