using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace StableQuant.Server.Tests;

/// <summary>All that a connection says until it is closed: one answer and nothing behind it.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Headers">Its headers, as they came.</param>
/// <param name="Body">Its body.</param>
internal sealed record RawAnswer(int Status, string Headers, string Body)
{
    /// <summary>The code of the error in the body.</summary>
    public string? ErrorCode
    {
        get
        {
            using JsonDocument document = JsonDocument.Parse(Body);
            JsonElement error = document.RootElement.GetProperty("error");
            error.GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
            return error.GetProperty("code").GetString();
        }
    }

    /// <summary>Reads it; a connection that stays open for a minute fails.</summary>
    public static RawAnswer Read(NetworkStream connection)
    {
        using var all = new MemoryStream();
        var block = new byte[8192];
        try
        {
            for (int got; (got = connection.Read(block)) > 0;)
            {
                all.Write(block, 0, got);
            }
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset } && all.Length > 0)
        {
            // The server closed while something that it did not read was under way.
        }

        string text = Encoding.UTF8.GetString(all.ToArray());
        text.ShouldStartWith("HTTP/1.1 ");
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        end.ShouldBePositive();
        string headers = text[..end], body = text[(end + 4)..];
        if (headers.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase))
        {
            body = Joined(body);
        }

        return new RawAnswer(int.Parse(headers.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture), headers, body);
    }

    // Lengths count bytes; what the server sends is ASCII, as its JSON escapes all else.
    private static string Joined(string chunks)
    {
        var body = new StringBuilder();
        for (int at = 0; ;)
        {
            int line = chunks.IndexOf("\r\n", at, StringComparison.Ordinal);
            int length = int.Parse(chunks.AsSpan(at, line - at), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
            {
                chunks[line..].ShouldBe("\r\n\r\n", "something follows the answer");
                return body.ToString();
            }

            body.Append(chunks, line + 2, length);
            at = line + 2 + length + 2;
        }
    }
}
