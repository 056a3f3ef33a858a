using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace TranscriptionServer.Errors;

/// <summary>
/// Closes a connection on which a client still sends a body that nobody reads. Closed at once, with bytes unread, it would be reset, and the reset may overtake the
/// answer (RFC 9112, section 9.6): so what comes is thrown away until the client, which has its answer, closes, or for two seconds.
/// </summary>
internal static class LingeringClose
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>Ends the answer, then waits for the client.</summary>
    public static async Task CompleteAsync(HttpContext context)
    {
        await context.Response.CompleteAsync();
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        end.CancelAfter(Longest);
        byte[] unread = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(unread, end.Token) > 0)
            {
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }
}
