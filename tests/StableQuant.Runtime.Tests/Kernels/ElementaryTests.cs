using StableQuant.Kernels;
using Xunit.Abstractions;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>The polynomials against double, over every region where they behave differently.</summary>
public class ElementaryTests(ITestOutputHelper output)
{
    [Fact]
    public void Gelu_is_within_its_stated_bound()
    {
        float[] x = Dense(-40, 40, 400_000);
        float[] y = InstructionSetProbe.Scalar.Gelu(x);
        double worst = Enumerable.Range(0, x.Length).Max(i => Math.Abs(y[i] - Gelu(x[i])) / Math.Max(1, Math.Abs((double)x[i])));
        output.WriteLine($"largest error: {worst:G3} · max(1, |x|)");
        worst.ShouldBeInRange(1e-8, 3e-7);
    }

    [Fact]
    public void Gelu_far_out_is_the_identity_or_nothing_at_all()
    {
        InstructionSetProbe.Scalar.Gelu([1e6f, 1e30f, 0f])[..2].ShouldBe([1e6f, 1e30f], tolerance: 1e24);
        foreach (float x in (float[])[-6f, -100f, -1e6f])
        {
            Math.Abs(InstructionSetProbe.Scalar.Gelu([x])[0]).ShouldBeLessThanOrEqualTo(1e-6f * Math.Abs(x));
        }
    }

    [Theory]
    [InlineData("gelu-tanh", 3e-7)]
    [InlineData("relu", 0)]
    [InlineData("silu", 3e-7)]
    [InlineData("gate", 3e-7)]
    public void An_activation_is_within_its_stated_bound(string name, double bound)
    {
        float[] x = [.. Dense(-40, 40, 400_000), .. Dense(-200, 200, 20_000), 1e6f, 1e30f, -1e6f, -1e30f, 0f];
        float[] y = InstructionSetProbe.Scalar.Functions[name](x);
        double worst = Enumerable.Range(0, x.Length).Max(i => Math.Abs(y[i] - Exact(name, x[i])) / Math.Max(1, Math.Abs((double)x[i])));
        output.WriteLine($"{name}: largest error {worst:G3} · max(1, |x|)");
        worst.ShouldBeInRange(bound / 100, bound);
    }

    private static double Exact(string name, double x) => name switch
    {
        "gelu-tanh" => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        "relu" => Math.Max(x, 0),
        "silu" => x / (1 + Math.Exp(-x)),
        _ => 1 / (1 + Math.Exp(-x)),
    };

    [Fact]
    public void Exp_is_within_its_stated_bound()
    {
        float[] x = [.. Dense(-87, 0, 400_000), .. Dense(-1, 0, 200_000), -0f, -1e-30f, -float.Epsilon];
        float[] y = InstructionSetProbe.Scalar.ExpOfNonPositive(x);
        double worst = Enumerable.Range(0, x.Length).Max(i => Math.Abs(y[i] - Math.Exp(x[i])) / Math.Exp(x[i]) / (1 - x[i] / 50));
        output.WriteLine($"largest relative error: {worst:G3} · (1 − x/50)");
        worst.ShouldBeInRange(1e-9, 1.2e-7);
    }

    [Fact]
    public void Exp_of_zero_is_one_and_far_below_it_stays_normal()
    {
        float[] y = InstructionSetProbe.Scalar.ExpOfNonPositive([0f, -0f, -87f, -88f, -1e30f, float.MinValue]);
        y[..2].ShouldBe([1f, 1f]);
        y[2].ShouldBe(1.6458115e-38f, tolerance: 1e-44);
        y[3..].ShouldAllBe(tail => tail == y[2]);
    }

    [Fact]
    public void Log_is_within_its_stated_bound()
    {
        // Every power of two, the borders of the polynomial's range, and numbers near one.
        float[] x =
        [
            .. Dense(-86, 88, 400_000).Select(MathF.Exp), .. Dense(0.7f, 1.6f, 400_000), .. Enumerable.Range(-126, 254).SelectMany(n => (float[])[MathF.ScaleB(1, n), MathF.ScaleB(1.5f, n)]),
            MathF.BitIncrement(1), MathF.BitDecrement(1), float.MaxValue, 1.17549435e-38f,
        ];
        float[] y = InstructionSetProbe.Scalar.Log(x);
        double worst = Enumerable.Range(0, x.Length).Max(i => Math.Abs(y[i] - Math.Log(x[i])) / Math.Max(1, Math.Abs(Math.Log(x[i]))));
        output.WriteLine($"largest error: {worst:G3} · max(1, |ln x|)");
        worst.ShouldBeInRange(1e-9, 1e-7);
        InstructionSetProbe.Scalar.Log([1f]).ShouldBe([0f]);
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Every_path_gives_the_bits_of_the_scalar_one(InstructionSet path)
    {
        float[] any = [.. Dense(-12, 12, 100_000), .. Dense(-100, 100, 10_000), .. Dense(-1e4f, 1e4f, 10_000), 0f, -0f, 5.3f, -5.3f, 1e30f, -1e30f, float.Epsilon];
        foreach ((string name, Func<float[], float[]> function) in InstructionSetProbe.Of(path).Functions)
        {
            InstructionSetProbe.Bits(function(any)).AsSpan().SequenceEqual(InstructionSetProbe.Bits(InstructionSetProbe.Scalar.Functions[name](any))).ShouldBeTrue(name);
        }

        float[] nonPositive = [.. Dense(-100, 0, 100_000), 0f, -0f, -1e30f, -float.Epsilon];
        InstructionSetProbe.Bits(InstructionSetProbe.Of(path).ExpOfNonPositive(nonPositive)).AsSpan()
            .SequenceEqual(InstructionSetProbe.Bits(InstructionSetProbe.Scalar.ExpOfNonPositive(nonPositive))).ShouldBeTrue();

        float[] positive = [.. Dense(-86, 88, 100_000).Select(MathF.Exp), float.MaxValue, 1.17549435e-38f];
        InstructionSetProbe.Bits(InstructionSetProbe.Of(path).Log(positive)).AsSpan()
            .SequenceEqual(InstructionSetProbe.Bits(InstructionSetProbe.Scalar.Log(positive))).ShouldBeTrue();
    }

    private static float[] Dense(float from, float to, int count) =>
        [.. Enumerable.Range(0, count + 1).Select(i => (float)(from + (to - from) * (double)i / count))];

    private static double Gelu(double x) => x / 2 * (1 + Erf(x / Math.Sqrt(2)));

    // The Maclaurin series near zero; beyond, the complement's continued fraction (Lentz), both to double's precision.
    private static double Erf(double x)
    {
        double z = Math.Abs(x);
        if (z > 6)
        {
            return Math.Sign(x);
        }

        if (z < 2.5)
        {
            double term = z;
            double sum = z;
            for (int n = 1; n < 100; n++)
            {
                term *= -z * z / n;
                sum += term / (2 * n + 1);
            }

            return Math.Sign(x) * 2 / Math.Sqrt(Math.PI) * sum;
        }

        double fraction = z;
        for (int n = 120; n > 0; n--)
        {
            fraction = z + n / 2.0 / fraction;
        }

        return Math.Sign(x) * (1 - Math.Exp(-z * z) / (fraction * Math.Sqrt(Math.PI)));
    }
}
