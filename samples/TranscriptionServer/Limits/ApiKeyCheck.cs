using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using TranscriptionServer.Configuration;
using TranscriptionServer.Errors;

namespace TranscriptionServer.Limits;

/// <summary>
/// Refuses requests below <c>/v1</c> without the key, where the server has one. Health, metrics and the captions page are open. A page in a browser cannot give a WebSocket
/// headers, but protocols: there the key may be one, <c>key.</c> and its base64url.
/// </summary>
internal sealed class ApiKeyCheck(RequestDelegate next, ServerOptions options)
{
    private const string Scheme = "Bearer ";
    private const string ProtocolPrefix = "key.";

    private readonly byte[]? expected = options.ApiKey is { } key ? Encoding.UTF8.GetBytes(key) : null;

    public Task InvokeAsync(HttpContext context)
    {
        if (expected is null || !context.Request.Path.StartsWithSegments("/v1"))
        {
            return next(context);
        }

        if (KeyOf(context.Request) is not { } given)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            throw new ApiException(StatusCodes.Status401Unauthorized, "You did not provide an API key: send it as 'Authorization: Bearer KEY'.", code: "missing_api_key");
        }

        // Comparing takes one time whatever keys of this length hold. Hashes would hide the length, too, but .NET takes them from OpenSSL, which an image
        // that has the server alone lacks.
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), expected))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
            throw new ApiException(StatusCodes.Status401Unauthorized, "The API key is not this server's.", code: "invalid_api_key");
        }

        return next(context);
    }

    private static string? KeyOf(HttpRequest request)
    {
        string authorization = request.Headers.Authorization.ToString();
        if (authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return authorization[Scheme.Length..].Trim();
        }

        string? protocol = request.Headers.GetCommaSeparatedValues("Sec-WebSocket-Protocol").FirstOrDefault(name => name.StartsWith(ProtocolPrefix, StringComparison.Ordinal));
        return protocol is not null && Base64Url.IsValid(protocol.AsSpan(ProtocolPrefix.Length)) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(protocol.AsSpan(ProtocolPrefix.Length))) : null;
    }
}
