using System.Net;
using System.Net.Sockets;

namespace StableQuant.Server.Tests.Captions;

/// <summary>A line to a server that can be cut.</summary>
internal sealed class CutLine : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> ends = [];
    private readonly Uri server;
    private readonly Task accepting;

    public CutLine(Uri server)
    {
        this.server = server;
        listener.Start();
        Address = new UriBuilder(server) { Port = ((IPEndPoint)listener.LocalEndpoint).Port }.Uri;
        accepting = AcceptAsync();
    }

    /// <summary>The near end.</summary>
    public Uri Address { get; }

    /// <summary>Cuts all connections that there are; new ones work.</summary>
    public void Cut()
    {
        lock (ends)
        {
            ends.ForEach(end => end.Close());
            ends.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await accepting;
        Cut();
        listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptTcpClientAsync());
            }
        }
        catch (SocketException)
        {
            // Stopped.
        }
        catch (ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient near)
    {
        using var far = new TcpClient();
        try
        {
            await far.ConnectAsync(server.Host, server.Port);
            lock (ends)
            {
                ends.AddRange([near, far]);
            }

            await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream()), far.GetStream().CopyToAsync(near.GetStream()));
        }
        catch (SocketException)
        {
            // The server has gone, which the near end sees.
        }

        near.Close();
    }
}
