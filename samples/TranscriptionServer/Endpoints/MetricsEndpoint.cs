using TranscriptionServer.Metrics;

namespace TranscriptionServer.Endpoints;

/// <summary><c>GET /metrics</c>: what the server counts, as Prometheus reads it.</summary>
internal static class MetricsEndpoint
{
    public static void Map(WebApplication app)
    {
        PrometheusText text = app.Services.GetRequiredService<PrometheusText>();
        app.MapGet("/metrics", (RequestDelegate)(context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return context.Response.WriteAsync(text.Write(), context.RequestAborted);
        }));
    }
}
