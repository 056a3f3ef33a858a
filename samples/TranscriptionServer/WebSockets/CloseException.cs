using System.Net.WebSockets;

namespace TranscriptionServer.WebSockets;

/// <summary>Ends a connection with a close frame that says why.</summary>
/// <param name="status">The status, as RFC 6455, 7.4, has it.</param>
/// <param name="reason">What is wrong and what mends it, for people; 123 bytes at most.</param>
internal sealed class CloseException(WebSocketCloseStatus status, string reason) : Exception(reason)
{
    /// <summary>Try again later: a status that is registered, and that .NET has no name for.</summary>
    public const WebSocketCloseStatus TryAgainLater = (WebSocketCloseStatus)1013;

    public WebSocketCloseStatus Status => status;

    /// <summary>What no frame of the protocol has.</summary>
    public static CloseException Protocol(string reason) => new(WebSocketCloseStatus.ProtocolError, reason);
}
