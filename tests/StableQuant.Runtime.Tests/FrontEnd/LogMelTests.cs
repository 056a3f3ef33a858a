using System.Runtime.InteropServices;
using StableQuant.Audio;
using StableQuant.FrontEnd;
using StableQuant.Kernels;
using Xunit.Abstractions;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Log-mel features against what PyTorch makes of speech, against double, and on every instruction set.</summary>
public class LogMelTests(ITestOutputHelper output)
{
    /// <summary>Features of speech, CONVENTION-NAME.f32 [frames, channels], of the recording NAME.wav.</summary>
    public static TheoryData<string> Recordings =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Features"), "*.f32").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Features_of_speech_are_those_that_the_model_was_trained_with(string name)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Features");
        ReferenceFeatures how = name.StartsWith("kaldi", StringComparison.Ordinal) ? ReferenceFeatures.Kaldi : new ReferenceFeatures(false);
        float[] expected = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, name + ".f32"))).ToArray();
        float[] pcm = AudioFile.Load16k(Path.Combine(folder, name.Split('-')[1] + ".wav"));
        float[] actual = Features(InstructionSetProbe.Scalar, how, pcm);
        double[] exact = [.. how.Of(pcm).SelectMany(row => row)];

        // The extractor pads what is no whole number of groups with a frame of zeros, and masks that group: we leave it out.
        if (expected.Length > actual.Length)
        {
            expected[^how.Bands..].ShouldAllBe(x => x == 0);
            expected = expected[..^(how.Bands * how.Stack)];
        }

        actual.Length.ShouldBe(expected.Length);
        output.WriteLine($"{name}: from the reference {Worst(actual, [.. expected.Select(x => (double)x)]):G3}, from double {Worst(actual, exact):G3}; the reference from double {Worst(expected, exact):G3}");
        Worst(actual, [.. expected.Select(x => (double)x)]).ShouldBeLessThan(1e-4);
        Worst(actual, exact).ShouldBeLessThan(5e-6);
    }

    // Noise at several levels over a tone; lengths that leave frames over, odd numbers of them, and sizes that no model has.
    [Theory]
    [InlineData(false, 16000, 400, 160, 512, 80)]
    [InlineData(false, 16001, 400, 160, 512, 128)]
    [InlineData(false, 3999, 320, 100, 1024, 20)]
    [InlineData(false, 160, 400, 160, 512, 80)]
    [InlineData(false, 5000, 15, 7, 16, 3)]
    [InlineData(true, 16000, 400, 160, 512, 80)]
    [InlineData(true, 16239, 400, 160, 512, 80)]
    [InlineData(true, 720, 400, 160, 512, 80)]
    [InlineData(true, 8000, 331, 97, 2048, 41)]
    [InlineData(true, 4000, 100, 100, 128, 17)]
    public void Features_are_what_their_definition_says(bool isKaldi, int samples, int window, int hop, int fourierSize, int bands)
    {
        ReferenceFeatures how = (isKaldi ? ReferenceFeatures.Kaldi : new ReferenceFeatures(false)) with { Window = window, Hop = hop, FourierSize = fourierSize, Bands = bands };
        float[] pcm = Noise(samples);
        double[] exact = [.. how.Of(pcm).SelectMany(row => row)];
        float[] actual = Features(InstructionSetProbe.Scalar, how, pcm);
        actual.Length.ShouldBe(exact.Length);
        double typical = Math.Sqrt(actual.Select((x, i) => Math.Pow(x - exact[i], 2)).Average());
        output.WriteLine($"{exact.Length / bands} frames: {Worst(actual, exact):G3}, typically {typical:G3}");
        typical.ShouldBeLessThan(4e-6);
        Worst(actual, exact).ShouldBeLessThan(4e-5);
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Every_path_gives_the_bits_of_the_scalar_one(InstructionSet path)
    {
        foreach (ReferenceFeatures how in (ReferenceFeatures[])[new(false), ReferenceFeatures.Kaldi, new(false, Window: 100, Hop: 33, FourierSize: 128, Bands: 21), ReferenceFeatures.Kaldi with { Window = 333, Bands = 50, Stack = 3 }])
        {
            float[] pcm = Noise(6543);
            InstructionSetProbe.Bits(Features(InstructionSetProbe.Of(path), how, pcm)).ShouldBe(InstructionSetProbe.Bits(Features(InstructionSetProbe.Scalar, how, pcm)));
        }
    }

    // Sizes whose number of steps is even, and odd.
    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(4096)]
    public void The_Fourier_transform_gives_the_power_of_each_frequency(int size)
    {
        var random = new Random(size);
        double[] frames = [.. Enumerable.Range(0, 8 * size).Select(_ => random.NextDouble() - 0.5)];
        double[] power = InstructionSetProbe.Scalar.Power(frames);
        power.Length.ShouldBe(8 * (size / 2 + 1));
        for (int frame = 0; frame < 8; frame += 3)
        {
            for (int k = 0; k <= size / 2; k += Math.Max(1, size / 64))
            {
                double real = Enumerable.Range(0, size).Sum(i => frames[frame * size + i] * Math.Cos(2 * Math.PI * (k * i % size) / size));
                double imaginary = Enumerable.Range(0, size).Sum(i => frames[frame * size + i] * Math.Sin(2 * Math.PI * (k * i % size) / size));
                power[k * 8 + frame].ShouldBe(real * real + imaginary * imaginary, tolerance: 1e-13 * size);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Silence_has_features_of_zero(bool isKaldi) =>
        Features(InstructionSetProbe.Scalar, isKaldi ? ReferenceFeatures.Kaldi : new ReferenceFeatures(false), new float[4321]).ShouldAllBe(x => x == 0);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void However_loud_samples_are_features_are_numbers(bool isKaldi)
    {
        ReferenceFeatures how = isKaldi ? ReferenceFeatures.Kaldi : new ReferenceFeatures(false);
        foreach (float gain in (float[])[1e-30f, 1, 32768, 1e9f, float.MaxValue])
        {
            Features(InstructionSetProbe.Scalar, how, [.. Noise(5000).Select(x => Math.Clamp(x, -1, 1) * gain)]).ShouldAllBe(x => float.IsFinite(x));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(1001)]
    public void A_sample_that_is_not_finite_is_named(int place)
    {
        foreach (float odd in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            float[] pcm = Noise(1002);
            pcm[place] = odd;
            Should.Throw<ArgumentException>(() => Features(InstructionSetProbe.Scalar, new ReferenceFeatures(false), pcm)).Message.ShouldStartWith($"Sample {place} is {odd}; samples must be finite numbers.");
        }
    }

    private static float[] Features(InstructionSetProbe probe, ReferenceFeatures how, float[] pcm)
    {
        Func<int, int, int, float, int, float, float, float, float, LogMel> make = how.IsKaldi ? LogMel.Kaldi : LogMel.Nemo;
        LogMel mel = make(how.Window, how.Hop, how.FourierSize, (float)how.Preemphasis, how.Bands, (float)how.Low, (float)how.High, (float)how.Floor, (float)how.Epsilon);
        return probe.Features(mel, pcm, how.IsKaldi ? (pcm.Length - how.Window) / how.Hop + 1 : pcm.Length / how.Hop, how.Stack);
    }

    private static float[] Noise(int samples)
    {
        var random = new Random(samples);
        return [.. Enumerable.Range(0, samples).Select(i => (float)(Math.Sin(i * 0.05) * 0.2 + (random.NextDouble() - 0.5) * Math.Pow(0.5, i / 1000 % 4)))];
    }

    private static double Worst(float[] actual, double[] expected) => actual.Select((x, i) => Math.Abs(x - expected[i])).Max();
}
