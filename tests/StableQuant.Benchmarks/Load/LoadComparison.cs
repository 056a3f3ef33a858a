using System.Diagnostics;
using StableQuant.Audio;
using StableQuant.Benchmarks.Compare;
using StableQuant.Benchmarks.Models;
using StableQuant.Benchmarks.Report;

namespace StableQuant.Benchmarks.Load;

/// <summary>The transcription server, natively and under the JIT, and one over ONNX Runtime: in turn in one run, with the same recordings.</summary>
internal static class LoadComparison
{
    // build/benchmark.sh puts them there.
    private static readonly string Native = Path.Combine(Repository.Artifacts, "server", "TranscriptionServer");
    private static readonly string Jit = Path.Combine(Repository.Root, "samples", "TranscriptionServer", "bin", "Release", "net10.0", "TranscriptionServer");

    // One client waits for nobody else; with sixteen, the queue is never empty.
    private static readonly int[] Clients = [1, 16];

    /// <summary>Measures all servers. One that was not built is left out.</summary>
    /// <param name="rounds">How often each is measured; starts and loads.</param>
    /// <param name="requests">Requests of a round.</param>
    public static async Task<LoadResults> RunAsync(int rounds, int requests)
    {
        byte[][] recordings = [.. Directory.GetFiles(Path.Combine(Repository.Root, "samples", "VoiceCommands", "Recordings"), "*.wav").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        double[] seconds = [.. recordings.Select(recording => AudioFile.Load16k(recording).Length / (double)Speech.SampleRate)];
        LoadProgram[] programs = Programs();

        Console.Error.WriteLine("benchmark: starts");
        var starts = programs.ToDictionary(program => program, _ => new List<(double Ms, long Bytes)>());
        for (int round = 0; round <= rounds; round++)
        {
            foreach (LoadProgram program in programs)
            {
                long time = Stopwatch.GetTimestamp();
                using LoadServer server = LoadServer.Start(program);
                await server.HearAsync(recordings[0]).ConfigureAwait(false);
                double elapsed = Stopwatch.GetElapsedTime(time).TotalMilliseconds;

                // The first round brings files into the system's cache.
                if (round > 0)
                {
                    starts[program].Add((elapsed, server.PeakBytes));
                }
            }
        }

        var servers = new Dictionary<LoadProgram, LoadServer>();
        try
        {
            foreach (LoadProgram program in programs)
            {
                servers.Add(program, LoadServer.Start(program));
            }

            var rows = new List<LoadRow>();
            foreach (int clients in Clients)
            {
                Console.Error.WriteLine($"benchmark: clients: {clients}");
                rows.AddRange(await LoadAsync(servers, clients, rounds, requests, recordings, seconds).ConfigureAwait(false));
            }

            return new LoadResults(Machine.Here(), recordings.Length, seconds.Sum(), rows, [.. programs.Select(program => new LoadStart(
                program.Name,
                Interleaved.Median([.. starts[program].Select(start => start.Ms)]),
                (long)Interleaved.Median([.. starts[program].Select(start => (double)start.Bytes)]),
                servers[program].PeakBytes))]);
        }
        finally
        {
            foreach (LoadServer server in servers.Values)
            {
                server.Dispose();
            }
        }
    }

    private static LoadProgram[] Programs()
    {
        const string AnyPort = "http://127.0.0.1:0";
        PreparedModel model = PreparedModel.Of(BenchmarkModel.Committed, weightBits: 8);
        return
        [
            .. File.Exists(Native) ? new[] { new LoadProgram("StableQuant, NativeAOT", Native, "--urls=" + AnyPort) } : [],
            new("StableQuant, JIT", Jit, "--urls=" + AnyPort),
            new("ONNX Runtime float, JIT", Environment.ProcessPath!, OnnxServer.Verb, model.Float, AnyPort),
            new("ONNX Runtime static int8, JIT", Environment.ProcessPath!, OnnxServer.Verb, model.Static!, AnyPort),
        ];
    }

    private static async Task<IEnumerable<LoadRow>> LoadAsync(
        Dictionary<LoadProgram, LoadServer> servers, int clients, int rounds, int requests, byte[][] recordings, double[] seconds)
    {
        var waits = servers.Keys.ToDictionary(program => program, _ => new List<double>());
        var rates = servers.Keys.ToDictionary(program => program, _ => new List<double>());
        var heard = new Dictionary<LoadProgram, string[]>();
        foreach ((LoadProgram program, LoadServer server) in servers)
        {
            // Each recording alone: what the server has to say of it under load, too, and its warm-up.
            var texts = new List<string>();
            foreach (byte[] recording in recordings)
            {
                texts.Add(await server.HearAsync(recording).ConfigureAwait(false));
            }

            heard.Add(program, [.. texts]);
        }

        for (int round = 0; round < rounds; round++)
        {
            foreach ((LoadProgram program, LoadServer server) in servers)
            {
                long start = Stopwatch.GetTimestamp();
                double[] times = await ClosedLoop.RunAsync(clients, requests, async i =>
                {
                    string text = await server.HearAsync(recordings[i % recordings.Length]).ConfigureAwait(false);
                    if (text != heard[program][i % recordings.Length])
                    {
                        throw new InvalidOperationException($"{program.Name}: under load recording {i % recordings.Length} is '{text.Trim()}'.");
                    }
                }).ConfigureAwait(false);
                rates[program].Add(requests / Stopwatch.GetElapsedTime(start).TotalSeconds);
                waits[program].AddRange(times);
            }
        }

        // Recordings are sent in turn, so a request has the mean length.
        return servers.Keys.Select(program => new LoadRow(
            program.Name, clients, waits[program].Count, Interleaved.Median(rates[program]), Interleaved.Median(rates[program]) * seconds.Average(),
            ClosedLoop.Percentile(waits[program], 50), ClosedLoop.Percentile(waits[program], 99)));
    }
}
