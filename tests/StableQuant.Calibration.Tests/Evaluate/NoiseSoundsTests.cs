using StableQuant.Calibration.Evaluate;

namespace StableQuant.Calibration.Tests.Evaluate;

/// <summary>Sounds without speech have the levels and colours that their names say.</summary>
public class NoiseSoundsTests
{
    [Fact]
    public void Levels_are_below_full_scale_by_what_the_name_says()
    {
        NoiseSounds.All.Count.ShouldBe(5);
        NoiseSounds.All[0].Pcm.ShouldAllBe(x => x == 0);
        foreach ((string name, float[] pcm) in NoiseSounds.All.Skip(1))
        {
            double level = double.Parse(name.Split(' ')[^2], System.Globalization.CultureInfo.InvariantCulture);
            (20 * Math.Log10(Math.Sqrt(pcm.Average(x => (double)x * x)))).ShouldBe(level, 0.01, name);
            pcm.ShouldAllBe(x => Math.Abs(x) < 1);
        }
    }

    [Fact]
    public void White_noise_has_as_much_in_every_octave_s_hertz_and_pink_noise_as_much_in_every_octave()
    {
        double[] white = Octaves("white noise at -30 dBFS"), pink = Octaves("pink noise at -30 dBFS");
        for (int octave = 1; octave < white.Length; octave++)
        {
            // Power of an octave over that of the octave below it.
            (white[octave] / white[octave - 1]).ShouldBe(2, 0.4);
            (pink[octave] / pink[octave - 1]).ShouldBe(1, 0.35);
        }
    }

    // Power from 250 to 500, 1000, 2000 and 4000 Hz, by discrete Fourier sums over 64 stretches of 1024 samples.
    private static double[] Octaves(string name)
    {
        const int Length = 1024, Stretches = 64;
        float[] pcm = NoiseSounds.All.Single(sound => sound.Name == name).Pcm;
        var powers = new double[4];
        for (int stretch = 0; stretch < Stretches; stretch++)
        {
            for (int bin = 16; bin < 256; bin++)
            {
                double re = 0, im = 0;
                for (int i = 0; i < Length; i++)
                {
                    (double sin, double cos) = Math.SinCos(2 * Math.PI * bin * i / Length);
                    re += pcm[stretch * Length + i] * cos;
                    im += pcm[stretch * Length + i] * sin;
                }

                powers[(int)Math.Log2(bin / 16)] += re * re + im * im;
            }
        }

        return powers;
    }
}
