using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace StableQuant.Package.Tests.Safety;

/// <summary>
/// What safe code can do to an instance at the wrong moment. A call gives the right text or one of the documented exceptions; anything
/// else throws, and freed memory would end the process.
/// </summary>
internal static class Scenarios
{
    private const int Rounds = 15;

    /// <summary>All scenarios, by name; each takes a seed.</summary>
    public static readonly IReadOnlyDictionary<string, Action<int>> All = new Dictionary<string, Action<int>>(StringComparer.Ordinal)
    {
        ["forgotten"] = Forgotten,
        ["disposed"] = Disposed,
        ["shared"] = Shared,
        ["interrupted"] = Interrupted,
        ["resurrected"] = Resurrected,
        ["made-up"] = SafeCalls.Try,
    };

    // Half a second of each: where memory is wrong, so is the text.
    private static readonly (float[] Pcm, string Text)[] Speech = [.. Recordings.All.Take(4).Select(r => r.Pcm[..8000]).Select(pcm => (pcm, Alone(pcm)))];

    /// <summary>Instances that nobody holds but their call, while finalisers run.</summary>
    private static void Forgotten(int seed)
    {
        using var collector = new Repeated(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        });
        Parallel.For(0, 2, t =>
        {
            var random = new Random(seed * 2 + t);
            for (int i = 0; i < Rounds; i++)
            {
                (float[] pcm, string text) = Speech[random.Next(Speech.Length)];
                char[] room = new char[200];
                Same(new string(room, 0, new Commands(10, threads: 1 + random.Next(2)).Transcribe(pcm, room)), text);
                Same(new string(room, 0, new Babble().Transcribe(Babble.Second, room)), Babble.Text);
            }
        });
    }

    /// <summary>An instance that another thread disposes of during a call.</summary>
    private static void Disposed(int seed)
    {
        var random = new Random(seed);
        int ended = 0;
        for (int i = 0; i < Rounds; i++)
        {
            var model = new Commands(2, threads: 1 + random.Next(3));
            using var started = new ManualResetEventSlim();
            Task caller = Task.Run(() =>
            {
                for (int call = 0; ; call++)
                {
                    (float[] pcm, string text) = Speech[call % Speech.Length];
                    if (Call(model, pcm) is not { } said)
                    {
                        Interlocked.Increment(ref ended);
                        return;
                    }

                    Same(said, text);
                    started.Set();
                }
            });
            started.Wait();
            Thread.SpinWait(random.Next(2_000_000));
            model.Dispose();

            // Freed memory would be handed out again, and filled.
            using var other = new Commands(2);
            Same(Call(other, Speech[0].Pcm)!, Speech[0].Text);
            caller.Wait();
            Call(model, Speech[0].Pcm).ShouldBeNull();
        }

        ended.ShouldBe(Rounds);
    }

    /// <summary>One instance on several threads.</summary>
    private static void Shared(int seed)
    {
        for (int round = 0; round < Rounds / 5; round++)
        {
            using var model = new Commands(2, threads: 1 + (seed + round) % 3);
            int done = 0;
            Parallel.For(0, 4, t =>
            {
                var random = new Random(seed * 4 + t);
                for (int i = 0; i < Rounds; i++)
                {
                    (float[] pcm, string text) = Speech[random.Next(Speech.Length)];
                    if (Call(model, pcm) is { } said)
                    {
                        Same(said, text);
                        Interlocked.Increment(ref done);
                    }
                }
            });
            done.ShouldBeGreaterThan(0);
        }
    }

    /// <summary>A caller that is interrupted while it hands work to other threads.</summary>
    private static void Interrupted(int seed)
    {
        using var model = new Commands(2, threads: 16);
        Thread caller = Thread.CurrentThread;
        using (new Repeated(caller.Interrupt))
        {
            for (int i = 0; i < Rounds; i++)
            {
                (float[] pcm, string text) = Speech[(seed + i) % Speech.Length];
                Same(Call(model, pcm)!, text);
            }
        }
    }

    /// <summary>Instances that their own finaliser brings back, into calls on other threads that go on while it ends.</summary>
    private static void Resurrected(int seed)
    {
        var random = new Random(seed);
        int refused = 0;
        var callers = new ConcurrentQueue<Task>();
        Commands.Finalised = model =>
        {
            using var started = new ManualResetEventSlim();
            callers.Enqueue(Task.Factory.StartNew(
                () =>
                {
                    started.Set();
                    while (Call(model, Speech[0].Pcm) is { } said)
                    {
                        Same(said, Speech[0].Text);
                    }

                    Interlocked.Increment(ref refused);
                },
                TaskCreationOptions.LongRunning));
            started.Wait();
            Thread.SpinWait(random.Next(200_000));
        };
        for (int i = 0; i < Rounds / 3; i++)
        {
            Abandon(i);
            GC.Collect();
            GC.WaitForPendingFinalizers();

            // Freed memory would be handed out again, and filled.
            using var other = new Commands(2);
            Same(Call(other, Speech[1].Pcm)!, Speech[1].Text);
        }

        Commands.Finalised = null;
        Task.WaitAll([.. callers]);
        refused.ShouldBeGreaterThan(0);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Abandon(int i) => Same(Call(new Commands(2, threads: 1 + i % 3), Speech[0].Pcm)!, Speech[0].Text);
    }

    /// <summary>A call's text; null where the instance is in use or disposed of.</summary>
    private static string? Call(Commands model, float[] pcm)
    {
        char[] room = new char[200];
        try
        {
            return new string(room, 0, model.Transcribe(pcm, room));
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
        catch (InvalidOperationException e) when (e.Message.Contains("another call", StringComparison.Ordinal))
        {
            return null;
        }
    }

    private static string Alone(float[] pcm)
    {
        using var model = new Commands(2);
        return Call(model, pcm)!;
    }

    private static void Same(string said, string text) => said.ShouldBe(text);

    /// <summary>Some work, over and over on a thread of its own.</summary>
    private sealed class Repeated : IDisposable
    {
        private readonly Thread thread;
        private volatile bool ended;

        public Repeated(Action work)
        {
            thread = new Thread(() =>
            {
                while (!ended)
                {
                    work();
                }
            });
            thread.Start();
        }

        public void Dispose()
        {
            ended = true;
            while (true)
            {
                try
                {
                    thread.Join();
                    return;
                }
                catch (ThreadInterruptedException)
                {
                    // What is left of the interruptions.
                }
            }
        }
    }
}
