using System.Reflection;

namespace TranscriptionServer.Endpoints;

/// <summary><c>GET /</c>: the captions page, whose files are in the program.</summary>
internal static class CaptionsEndpoint
{
    private const string Folder = "captions/";

    // All comes from here, and words are text: what a page is told to run besides does not run.
    private const string ContentSecurityPolicy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Map(WebApplication app)
    {
        Assembly program = typeof(CaptionsEndpoint).Assembly;
        foreach (string name in program.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)))
        {
            app.MapGet(name == Folder + "index.html" ? "/" : "/" + name, (RequestDelegate)(context => SendAsync(context, program, name)));
        }
    }

    private static async Task SendAsync(HttpContext context, Assembly program, string name)
    {
        HttpResponse response = context.Response;
        await using Stream content = program.GetManifestResourceStream(name)!;
        response.ContentType = Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        };
        response.ContentLength = content.Length;
        response.Headers.CacheControl = "no-cache";
        response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        response.Headers.XContentTypeOptions = "nosniff";
        await content.CopyToAsync(response.Body, context.RequestAborted);
    }
}
