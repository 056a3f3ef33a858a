
namespace StableQuant.Decoding.Tests;

public class LogMathTests
{
    [Fact]
    public void Exponential_and_logarithm_agree_with_the_C_runtime()
    {
        var random = new Random(20261130);
        for (int i = 0; i < 100_000; i++)
        {
            double x = -700 * Math.Pow(random.NextDouble(), 3);
            LogMath.Exp(x).ShouldBe(Math.Exp(x), Math.Exp(x) * 3e-15);
            double y = Math.Exp((random.NextDouble() - 0.5) * 1000);
            LogMath.Log(y).ShouldBe(Math.Log(y), 2e-16 * (1 + Math.Abs(Math.Log(y))));
        }
    }

    [Fact]
    public void Sums_of_probabilities_are_sums()
    {
        var random = new Random(1);
        for (int i = 0; i < 100_000; i++)
        {
            double a = -50 * random.NextDouble();
            double b = -50 * random.NextDouble();
            LogMath.Add(a, b).ShouldBe(Math.Log(Math.Exp(a) + Math.Exp(b)), 1e-14 * (1 + Math.Abs(Math.Max(a, b))));
        }
    }

    [Fact]
    public void Zero_is_the_logarithm_minus_infinity()
    {
        LogMath.Exp(double.NegativeInfinity).ShouldBe(0);
        LogMath.Exp(double.NaN).ShouldBe(0);
        LogMath.Exp(0).ShouldBe(1);
        LogMath.Log(1).ShouldBe(0);
        LogMath.Add(double.NegativeInfinity, double.NegativeInfinity).ShouldBe(double.NegativeInfinity);
        LogMath.Add(double.NegativeInfinity, -3).ShouldBe(-3);
        LogMath.Add(-3, double.NegativeInfinity).ShouldBe(-3);
    }
}
