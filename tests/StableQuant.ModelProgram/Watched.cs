using System.Diagnostics;
using System.Globalization;
using StableQuant.Audio;

namespace StableQuant.ModelProgram;

/// <summary>A model, ready to hear one recording after another.</summary>
internal interface IHearing : IDisposable
{
    /// <summary>The words of a recording of <see cref="Watched.LongSeconds"/> at most.</summary>
    string Hear(float[] pcm);
}

/// <summary>
/// What a program does that is watched from outside: at each step it prints a line, and waits for one on standard input, while its memory is
/// looked at. <c>start RECORDING</c>: loaded, the recording's words, 10 s of audio, the time of 10 s more. <c>streams RECORDING N SECONDS</c>: N streams
/// loaded, then how many seconds of audio all of them hear in a second.
/// </summary>
internal static class Watched
{
    /// <summary>Length of the audio that is long, in seconds.</summary>
    public const int LongSeconds = 10;

    /// <summary>Runs it.</summary>
    /// <param name="args">See the summary.</param>
    /// <param name="open">Loads the model, or another stream of it.</param>
    /// <returns>Exit status.</returns>
    public static int Run(ReadOnlySpan<string> args, Func<IHearing> open)
    {
        float[] pcm = AudioFile.Load16k(args[1]);
        if (args[0] == "start")
        {
            using IHearing hearing = open();
            Start(pcm, hearing);
        }
        else
        {
            Streams([.. Enumerable.Range(0, int.Parse(args[2], CultureInfo.InvariantCulture)).Select(_ => open())], Repeated(pcm), TimeSpan.FromSeconds(double.Parse(args[3], CultureInfo.InvariantCulture)));
        }

        return 0;
    }

    private static void Start(float[] pcm, IHearing hearing)
    {
        Reached("loaded");
        Reached(hearing.Hear(pcm));
        float[] longer = Repeated(pcm);
        Reached(hearing.Hear(longer));
        long start = Stopwatch.GetTimestamp();
        hearing.Hear(longer);
        Reached(Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    // A thread a stream; the clock stops when the last one has ended what it began.
    private static void Streams(IHearing[] hearings, float[] pcm, TimeSpan time)
    {
        foreach (IHearing hearing in hearings)
        {
            hearing.Hear(pcm);
        }

        Reached("loaded");
        int heard = 0;
        var clock = Stopwatch.StartNew();
        Thread[] threads = [.. hearings.Select(hearing => new Thread(() =>
        {
            while (clock.Elapsed < time)
            {
                hearing.Hear(pcm);
                Interlocked.Increment(ref heard);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Reached(heard * LongSeconds / clock.Elapsed.TotalSeconds);
        Array.ForEach(hearings, hearing => hearing.Dispose());
    }

    private static float[] Repeated(float[] pcm) => [.. Enumerable.Range(0, LongSeconds * AudioFile.ModelRate).Select(i => pcm[i % pcm.Length])];

    private static void Reached(double number) => Reached(number.ToString("R", CultureInfo.InvariantCulture));

    private static void Reached(string what)
    {
        Console.Out.WriteLine(what);
        Console.In.ReadLine();
    }
}
