using StableQuant.Benchmarks.Models;
using StableQuant.Benchmarks.Report;
using StableQuant.Calibration.Compile;

namespace StableQuant.Benchmarks.Compare;

/// <summary>What outliers that are kept cost: beside the same model with its outliers clipped, which has the same products and nothing to add to them.</summary>
internal static class OutlierComparison
{
    private const int Seconds = 10;
    private const string Kept = "outliers=keep", Clipped = "outliers=clip";

    private static readonly string Sample = Path.Combine(Repository.Root, "samples", "VoiceCommands", "Models", "commands.sqmodel");

    /// <summary>A model on speech, on one thread.</summary>
    public static OutlierRow OnSpeech(PreparedModel model, Effort effort)
    {
        Console.Error.WriteLine($"benchmark: {model.Name}, outliers kept and clipped");
        return Run(model.Compiled, model.Name, [(model.Name, Speech.Of(Seconds))], effort)[0];
    }

    /// <summary>The sample's model, as it was calibrated, on speech and on sounds that crowd its grids' edges, on one thread.</summary>
    public static IReadOnlyList<OutlierRow> OnSounds(Effort effort)
    {
        Console.Error.WriteLine("benchmark: the sample on speech and on noise, outliers kept and clipped");
        return Run(Sample, "commands", [.. Sounds()], effort);
    }

    private static IReadOnlyList<OutlierRow> Run(string description, string name, (string Name, float[] Pcm)[] sounds, Effort effort)
    {
        string clipped = Path.Combine(Repository.Artifacts, $"{name}, outliers clipped.sqmodel");
        Directory.CreateDirectory(Repository.Artifacts);
        File.WriteAllText(clipped, File.ReadAllText(description).Replace(Kept, Clipped, StringComparison.Ordinal));
        File.Copy(SqModelFile.WeightsPath(description), SqModelFile.WeightsPath(clipped), overwrite: true);
        using CompiledModelSource kept = CompiledModelSource.Load(description);
        using CompiledModelSource without = CompiledModelSource.Load(clipped);
        (string Name, Func<ICandidate> Make) Candidate(string name, CompiledModelSource source, float[] pcm) => (name, () => new CompiledCandidate(source, pcm, threads: 1));
        (IReadOnlyDictionary<string, Timing> timings, _) = Interleaved.Measure(
            [.. sounds.SelectMany(sound => new[] { Candidate(sound.Name + Kept, kept, sound.Pcm), Candidate(sound.Name + Clipped, without, sound.Pcm) })], effort);
        return [.. sounds.Select(sound => new OutlierRow(sound.Name, timings[sound.Name + Kept], timings[sound.Name + Clipped]))];
    }

    private static IEnumerable<(string Name, float[] Pcm)> Sounds()
    {
        var random = new Random(5);
        float Noise() => Math.Clamp((float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()) / 2), -1, 1);
        float[] Make(Func<int, float> sample) => [.. Enumerable.Range(0, Seconds * Speech.SampleRate).Select(sample)];

        // Each at full scale; what lies between is as quiet as a room.
        float Room() => Noise() * 2e-4f;
        int tenth = Speech.SampleRate / 10;
        yield return ("speech", Speech.Of(Seconds));
        yield return ("white noise", Make(_ => Noise()));
        yield return ("a tenth of a second of noise a second", Make(i => i / tenth % 10 == 0 ? Noise() : Room()));
        yield return ("a shout: one such burst", Make(i => i / tenth == 50 ? Noise() : Room()));
        yield return ("a click every 10 ms", Make(i => i % (tenth / 10) == 0 ? 1 : Room()));
        yield return ("one click", Make(i => i == 50 * tenth ? 1 : Room()));
        yield return ("square wave, 1 kHz", Make(i => i / 8 % 2 == 0 ? 1 : -1));
        yield return ("silence", Make(_ => 0));
    }
}
