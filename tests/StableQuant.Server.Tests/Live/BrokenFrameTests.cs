using System.Buffers;
using System.Net;
using System.Text;
using TranscriptionServer.WebSockets;

namespace StableQuant.Server.Tests.Live;

/// <summary>What is no WebSocket, or no speech: one close frame each, with the status of RFC 6455, 7.4.1, and a reason, and the place is free again.</summary>
public sealed class BrokenFrameTests
{
    private const int Text = 0x81, Binary = 0x82, Close = 0x88, Ping = 0x89;

    public static TheoryData<string, int, byte[]> Broken { get; } = new()
    {
        { "not masked", 1002, [Binary, 0x04, 1, 2, 3, 4] },
        { "first reserved bit", 1002, Frame(0xC2, 0, 0) },
        { "second reserved bit", 1002, Frame(0xA2, 0, 0) },
        { "third reserved bit", 1002, Frame(0x92, 0, 0) },
        { "reserved data opcode", 1002, Frame(0x83, 0, 0) },
        { "reserved control opcode", 1002, Frame(0x8B) },
        { "a continuation of nothing", 1002, Frame(0x80, 0, 0) },
        { "a message within a message", 1002, [.. Frame(0x02, 0, 0), .. Frame(Binary, 0, 0)] },
        { "text within a message of bytes", 1002, [.. Frame(0x02, 0, 0), .. Frame(Text, (byte)'a')] },
        { "a fragmented ping", 1002, Frame(0x09) },
        { "a fragmented close", 1002, Frame(0x08, 3, 232) },
        { "a ping that is too long", 1002, RawWebSocket.Frame(Ping, new byte[126]) },
        { "a close that is too long", 1002, RawWebSocket.Frame(Close, [3, 232, .. new byte[200]]) },
        { "a length with its highest bit", 1002, [Binary, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0] },
        { "the largest length", 1009, [Binary, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] },
        { "a message one byte too large", 1009, RawWebSocket.Frame(Binary, new byte[65537]) },
        { "a message that is too large, of which the header comes alone", 1009, [Binary, 0xFF, 0, 0, 0, 0, 0, 1, 0, 1] },
        { "fragments that are too large together", 1009, [.. RawWebSocket.Frame(0x02, new byte[40000]), .. RawWebSocket.Frame(0x80, new byte[40000])] },
        { "half a sample", 1007, Frame(Binary, 1, 2, 3) },
        { "half a sample in two fragments", 1007, [.. Frame(0x02, 1, 2), .. Frame(0x80, 3)] },
        { "text where audio is expected", 1003, RawWebSocket.Frame(Text, "hello"u8) },
        { "JSON that asks for nothing that there is", 1003, RawWebSocket.Frame(Text, "{\"type\": \"stop\"}"u8) },
        { "JSON of another kind", 1003, RawWebSocket.Frame(Text, "[\"end\"]"u8) },
        { "JSON with half a surrogate", 1003, RawWebSocket.Frame(Text, "{\"type\": \"\\ud800\"}"u8) },
        { "deep JSON", 1003, RawWebSocket.Frame(Text, Encoding.ASCII.GetBytes(new string('[', 60000))) },
        { "an empty text", 1003, Frame(Text) },
        { "text that is not UTF-8", 1007, Frame(Text, 0xC3, 0x28) },
        { "text with a surrogate", 1007, Frame(Text, 0xED, 0xA0, 0x80) },
        { "text that ends within a character", 1007, [.. Frame(0x01, 0xE2), .. Frame(0x80, 0x82)] },
        { "half a status", 1002, Frame(Close, 3) },
        { "a status that is never sent", 1002, Frame(Close, 0x03, 0xED) },
        { "a status below all", 1002, Frame(Close, 0x03, 0xE7) },
        { "a status beyond all", 1002, Frame(Close, 0x13, 0x88) },
        { "a reason that is not UTF-8", 1007, Frame(Close, 0x03, 0xE8, 0xFF) },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task It_is_closed_with_a_reason_and_the_place_is_free_again(string what, int status, byte[] bytes)
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=1", "QueueLength=0");
        await using (RawWebSocket client = await RawWebSocket.ConnectAsync(server))
        {
            // More lies in the server's socket than it will ever read as frames.
            await client.WriteAsync([.. bytes, .. new byte[5000]]);
            (int closed, string reason) = client.ReadClose();
            closed.ShouldBe(status, what);
            reason.ShouldNotBeEmpty();
        }

        await server.UntilAsync($"transcription_live_closes_total{{status=\"{status}\"}}", value => value == 1);
        await server.UntilAsync("transcription_requests_accepted", value => value == 0);
        using HttpResponseMessage response = await server.PostAsync(Recordings.All[0].Path);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_client_that_does_not_answer_the_close_is_not_waited_for()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using RawWebSocket client = await RawWebSocket.ConnectAsync(server);
        await client.WriteAsync(Frame(Text, (byte)'x'));
        client.ReadClose(waits: true).Status.ShouldBe(1003);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { Binary })]
    [InlineData(new byte[] { Binary, 0xFE, 1 })]
    [InlineData(new byte[] { Binary, 0x84, 1, 2 })]
    [InlineData(new byte[] { Binary, 0x84, 1, 2, 3, 4, 5, 6 })]
    [InlineData(new byte[] { 0x02, 0x82, 0, 0, 0, 0, 5, 6 })]
    public async Task A_client_that_goes_within_a_frame_makes_room(byte[] bytes)
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=1", "QueueLength=0");
        await using (RawWebSocket client = await RawWebSocket.ConnectAsync(server))
        {
            await client.WriteAsync(bytes);
        }

        await server.UntilAsync("transcription_requests_accepted", value => value == 0);
        (await server.MetricAsync("transcription_live_closes_total{status=\"1006\"}")).ShouldBe(1);
        using LiveClient next = await LiveClient.ConnectAsync(server);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { Ping, 0x80, 0, 0, 0, 0 })]
    [InlineData(new byte[] { Binary, 0x80, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0x02, 0x82, 0, 0, 0, 0, 5, 6 })]
    [InlineData(new byte[] { Binary, 0x84, 0, 0, 0, 0, 5, 6 })]
    public async Task A_client_that_sends_no_audio_is_let_go(byte[] bytes)
    {
        await using RunningServer server = await RunningServer.StartAsync("UploadSeconds=1");
        await using RawWebSocket client = await RawWebSocket.ConnectAsync(server);
        await client.WriteAsync(bytes);
        client.ReadClose().ShouldBe((1008, "no audio came for 1 s"));
        await server.UntilAsync("transcription_requests_accepted", value => value == 0);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_let_go()
    {
        await using RunningServer server = await RunningServer.StartAsync("UploadSeconds=1");
        await using RawWebSocket client = await RawWebSocket.ConnectAsync(server);
        byte[] pings = [.. Enumerable.Repeat(RawWebSocket.Frame(Ping, new byte[125]), 1000).SelectMany(frame => frame)];
        await Should.ThrowAsync<IOException>(async () =>
        {
            while (true)
            {
                await client.WriteAsync(pings);
            }
        });
        await server.UntilAsync("transcription_requests_accepted", value => value == 0);
    }

    [Fact]
    public async Task A_ping_is_answered_within_a_message_and_a_close_by_its_own_status()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using RawWebSocket client = await RawWebSocket.ConnectAsync(server);
        await client.WriteAsync([.. Frame(0x02, 0, 0), .. Frame(Ping, 7, 8, 9), .. Frame(0x80, 0, 0), .. Frame(0x8A, 1), .. RawWebSocket.Frame(Close, [0x0F, 0xA0, .. "bye"u8])]);
        (int opcode, byte[] payload) = client.Read();
        opcode.ShouldBe(10);
        payload.ShouldBe([7, 8, 9]);
        client.ReadClose(waits: true).ShouldBe((4000, "bye"));
    }

    /// <summary>Every pair of first bytes: what RFC 6455, 5.2, says of them, in a table's words.</summary>
    [Fact]
    public void Of_all_headers_those_of_the_standard_are_taken()
    {
        for (int first = 0; first < 256; first++)
        {
            for (int second = 0; second < 256; second++)
            {
                int opcode = first & 15, length = second & 127;
                bool isRight = (first & 0b0111_0000) == 0 && opcode is 0 or 1 or 2 or 8 or 9 or 10 && second >= 128 && (opcode < 8 || (first >= 128 && length <= 125));
                isRight &= (first & 0b0111_0000) == 0;
                byte[] bytes = [(byte)first, (byte)second, .. length == 126 ? new byte[] { 0, 200 } : length == 127 ? [0, 0, 0, 0, 0, 0, 0, 200] : [], 1, 2, 3, 4, .. new byte[200]];
                Outcome(bytes).ShouldBe(isRight ? "frame" : "1002", $"{first:X2} {second:X2}");
            }
        }
    }

    [Fact]
    public void A_frame_is_the_same_wherever_it_is_cut()
    {
        byte[] payload = [.. Enumerable.Range(0, 300).Select(i => (byte)i)];
        byte[] bytes = RawWebSocket.Frame(Binary, payload);
        for (int length = 0; length < bytes.Length; length++)
        {
            Outcome(bytes[..length]).ShouldBe("more");
        }

        var all = new ReadOnlySequence<byte>([.. bytes, 0x55]);
        TranscriptionServer.WebSockets.Frame.TryRead(ref all, 300, out Frame frame).ShouldBeTrue();
        frame.Payload.ShouldBe(payload);
        all.ToArray().ShouldBe([0x55]);
    }

    [Fact]
    [Trait("Ring", "Full")]
    public async Task Frames_that_are_broken_anywhere_leave_nothing_behind()
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=1", "QueueLength=0", "UploadSeconds=1");
        var statuses = new HashSet<int>();
        for (int seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = [.. Enumerable.Range(0, 4).SelectMany(_ => RawWebSocket.Frame(random.Next(2) == 0 ? Binary : Text, new byte[random.Next(300)]))];
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                bytes[random.Next(random.Next(2) == 0 ? 16 : bytes.Length)] ^= (byte)(1 << random.Next(8));
            }

            // No place would be left for the next one.
            await server.UntilAsync("transcription_requests_accepted", value => value == 0);
            await using RawWebSocket client = await RawWebSocket.ConnectAsync(server);
            await client.WriteAsync(bytes);
            (int status, string reason) = client.ReadClose();
            status.ShouldBeOneOf([1002, 1003, 1007, 1008, 1009], $"{seed}: {reason}");
            reason.ShouldNotBeEmpty();
            statuses.Add(status);
        }

        statuses.Count.ShouldBeGreaterThan(3);
    }

    private static string Outcome(byte[] bytes)
    {
        var arrived = new ReadOnlySequence<byte>(bytes);
        try
        {
            return TranscriptionServer.WebSockets.Frame.TryRead(ref arrived, 1000, out _) ? "frame" : "more";
        }
        catch (CloseException e)
        {
            return ((int)e.Status).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    private static byte[] Frame(int first, params byte[] payload) => RawWebSocket.Frame(first, payload);
}
