using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration.Memory;
using TranscriptionServer.Configuration;
using TranscriptionServer.Endpoints;
using TranscriptionServer.Errors;
using TranscriptionServer.Limits;
using TranscriptionServer.Metrics;
using TranscriptionServer.Recognition;
using TranscriptionServer.Requests;

namespace TranscriptionServer;

/// <summary>The server: what it is made of, and the way of a request through it.</summary>
internal static class Server
{
    // Whatever else says something about it goes before.
    private static MemoryConfigurationSource Defaults { get; } = new()
    {
        InitialData = new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "Information", ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning" },
    };

    /// <summary>Puts the server together.</summary>
    /// <param name="args">Arguments of the program, which are settings, too.</param>
    /// <exception cref="ConfigurationException">A setting is wrong.</exception>
    public static WebApplication Build(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Insert(0, Defaults);
        ServerOptions options = OptionsReader.Read(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel, options));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.ShutdownSeconds));
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<ServerMetrics>();
        builder.Services.AddSingleton<PrometheusText>();
        builder.Services.AddSingleton<Admission>();
        builder.Services.AddSingleton<SpeechService>();
        builder.Services.AddSingleton<UploadReader>();
        builder.Services.AddSingleton<TranscriptionsEndpoint>();
        builder.Services.AddSingleton<ListenEndpoint>();

        WebApplication app = builder.Build();
        // Listens from the first request on.
        app.Services.GetRequiredService<PrometheusText>();
        app.UseMiddleware<RequestCounter>();
        app.UseMiddleware<ErrorAnswers>();
        app.UseMiddleware<ApiKeyCheck>();
        app.UseRouting();
        app.MapPost("/v1/audio/transcriptions", app.Services.GetRequiredService<TranscriptionsEndpoint>().AnswerAsync);
        app.MapGet("/v1/listen", app.Services.GetRequiredService<ListenEndpoint>().AnswerAsync);
        CaptionsEndpoint.Map(app);
        ModelsEndpoint.Map(app);
        HealthEndpoints.Map(app);
        MetricsEndpoint.Map(app);
        return app;
    }

    /// <summary>Recognises a second of silence, so that weights that are not the model's are told before anybody connects, and listens.</summary>
    /// <exception cref="ConfigurationException">The server cannot listen where it shall, or lacks something of the system.</exception>
    /// <exception cref="InvalidDataException">The weights are not those of the model.</exception>
    /// <exception cref="PlatformNotSupportedException">The kernels that were asked for cannot run here.</exception>
    public static async Task StartAsync(WebApplication app)
    {
        HostCheck.Run();
        await app.Services.GetRequiredService<SpeechService>().WarmUpAsync();
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException or IOException)
        {
            throw new ConfigurationException($"cannot listen at '{app.Configuration[WebHostDefaults.ServerUrlsKey]}': {e.Message}");
        }
    }

    private static void Limit(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxUploadBytes;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = options.MaxConnections;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(options.HeaderSeconds);
    }
}
