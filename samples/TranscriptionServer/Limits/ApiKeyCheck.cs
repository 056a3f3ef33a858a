using System.Security.Cryptography;
using System.Text;
using TranscriptionServer.Configuration;
using TranscriptionServer.Errors;

namespace TranscriptionServer.Limits;

/// <summary>Refuses requests below <c>/v1</c> without the key, where the server has one. Health and metrics are open.</summary>
internal sealed class ApiKeyCheck(RequestDelegate next, ServerOptions options)
{
    private const string Scheme = "Bearer ";

    private readonly byte[]? expected = options.ApiKey is { } key ? Encoding.UTF8.GetBytes(key) : null;

    public Task InvokeAsync(HttpContext context)
    {
        if (expected is null || !context.Request.Path.StartsWithSegments("/v1"))
        {
            return next(context);
        }

        string given = context.Request.Headers.Authorization.ToString();
        if (!given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            throw new ApiException(StatusCodes.Status401Unauthorized, "You did not provide an API key: send it as 'Authorization: Bearer KEY'.", code: "missing_api_key");
        }

        // Comparing takes one time whatever keys of this length hold. Hashes would hide the length, too, but .NET takes them from OpenSSL, which an image
        // that has the server alone lacks.
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given[Scheme.Length..].Trim()), expected))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
            throw new ApiException(StatusCodes.Status401Unauthorized, "The API key is not this server's.", code: "invalid_api_key");
        }

        return next(context);
    }
}
