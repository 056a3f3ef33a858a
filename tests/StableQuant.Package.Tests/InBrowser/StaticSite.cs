using System.Net;
using System.Net.Sockets;

namespace StableQuant.Package.Tests.InBrowser;

/// <summary>A folder served over HTTP on this machine, compressed where a compressed file lies beside: what a web server does with a published page.</summary>
internal sealed class StaticSite : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly string folder;
    private long bytes;

    public StaticSite(string folder)
    {
        this.folder = Path.GetFullPath(folder);
        Address = $"http://127.0.0.1:{FreePort()}/";
        listener.Prefixes.Add(Address);
        listener.Start();
        _ = ServeAsync();
    }

    /// <summary>The address of the folder's page.</summary>
    public string Address { get; }

    /// <summary>Bytes of all files that were sent, as they were sent.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    public void Dispose() => listener.Close();

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static string Type(string path) => Path.GetExtension(path) switch
    {
        ".html" => "text/html",
        ".js" => "text/javascript",
        ".wasm" => "application/wasm",
        _ => "application/octet-stream",
    };

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                await SendAsync(await listener.GetContextAsync());
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // The browser has closed the connection, or the test the site.
            }
        }
    }

    private async Task SendAsync(HttpListenerContext context)
    {
        string name = context.Request.Url!.AbsolutePath.TrimStart('/');
        string path = Path.GetFullPath(Path.Combine(folder, name.Length == 0 ? "index.html" : name));
        using HttpListenerResponse response = context.Response;
        if (!path.StartsWith(folder, StringComparison.Ordinal) || !File.Exists(path))
        {
            response.StatusCode = (int)HttpStatusCode.NotFound;
            return;
        }

        response.ContentType = Type(path);
        bool isCompressed = File.Exists(path + ".br");
        if (isCompressed)
        {
            response.AddHeader("Content-Encoding", "br");
        }

        byte[] content = await File.ReadAllBytesAsync(isCompressed ? path + ".br" : path);
        response.ContentLength64 = content.Length;
        Interlocked.Add(ref bytes, content.Length);
        await response.OutputStream.WriteAsync(content);
    }
}
