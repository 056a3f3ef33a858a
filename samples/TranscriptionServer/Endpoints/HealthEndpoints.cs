namespace TranscriptionServer.Endpoints;

/// <summary>
/// <c>GET /healthz/live</c>: the process answers. <c>GET /healthz/ready</c> and <c>/healthz</c>: it takes requests, which it no longer does once it was
/// asked to stop.
/// </summary>
internal static class HealthEndpoints
{
    public static void Map(WebApplication app)
    {
        CancellationToken stopping = app.Lifetime.ApplicationStopping;
        app.MapGet("/healthz/live", (RequestDelegate)(context => TellAsync(context, "live")));
        app.MapGet("/healthz/ready", Ready);
        app.MapGet("/healthz", Ready);

        Task Ready(HttpContext context)
        {
            context.Response.StatusCode = stopping.IsCancellationRequested ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            return TellAsync(context, stopping.IsCancellationRequested ? "stopping" : "ready");
        }
    }

    private static Task TellAsync(HttpContext context, string state)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(state + "\n", context.RequestAborted);
    }
}
