using System.Text;
using Microsoft.AspNetCore.Http.Features;
using TranscriptionServer.Errors;

namespace TranscriptionServer.WebSockets;

/// <summary>Turns a request into a WebSocket. Source: RFC 6455, 4.2.</summary>
internal static class Handshake
{
    private const string Version = "13";
    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int KeyBytes = 16;

    /// <summary>Answers the request with 101.</summary>
    /// <param name="context">The request.</param>
    /// <param name="protocol">The protocol that is spoken inside, which is told to clients that ask for it.</param>
    /// <returns>The connection's bytes.</returns>
    /// <exception cref="ApiException">The request does not ask for a WebSocket, not for one of this version, or there are too many.</exception>
    public static async Task<Stream> AcceptAsync(HttpContext context, string protocol)
    {
        HttpRequest request = context.Request;
        IHeaderDictionary headers = context.Response.Headers;
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade
            || !request.Headers.GetCommaSeparatedValues("Upgrade").Contains("websocket", StringComparer.OrdinalIgnoreCase))
        {
            headers.Upgrade = "websocket";
            throw new ApiException(StatusCodes.Status426UpgradeRequired, $"{request.Path} takes a WebSocket.", code: "upgrade_required");
        }

        if (request.Headers.SecWebSocketVersion != Version)
        {
            headers.SecWebSocketVersion = Version;
            throw new ApiException(StatusCodes.Status426UpgradeRequired, $"{request.Path} takes WebSockets of version {Version}, RFC 6455.", code: "unsupported_websocket_version");
        }

        string key = request.Headers.SecWebSocketKey.ToString();
        if (!Convert.TryFromBase64String(key, stackalloc byte[KeyBytes], out int bytes) || bytes != KeyBytes)
        {
            throw ApiException.Invalid($"Sec-WebSocket-Key has to be {KeyBytes} bytes in base64.", code: "invalid_websocket_key");
        }

        headers.Upgrade = "websocket";
        headers.Connection = "Upgrade";
        headers.SecWebSocketAccept = Accept(key);
        if (request.Headers.GetCommaSeparatedValues("Sec-WebSocket-Protocol").Contains(protocol, StringComparer.Ordinal))
        {
            headers.SecWebSocketProtocol = protocol;
        }

        try
        {
            return await upgrade.UpgradeAsync();
        }
        catch (InvalidOperationException)
        {
            // As many connections are WebSockets as Kestrel allows.
            throw ApiException.Full();
        }
    }

    private static string Accept(string key) => Convert.ToBase64String(Sha1.HashData(Encoding.ASCII.GetBytes(key + Guid)));
}
