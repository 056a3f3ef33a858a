using StableQuant.Decoding;

namespace StableQuant.Runtime.Tests;

public class LogSoftmaxTests
{
    [Fact]
    public void Log_posteriors_are_those_of_softmax_and_agree_with_posteriors()
    {
        var random = new Random(1);
        float[] row = [.. Enumerable.Range(0, 50).Select(_ => (float)(random.NextDouble() * 40) - 20)];
        double sum = row.Sum(logit => Math.Exp(logit));
        for (int token = 0; token < row.Length; token++)
        {
            double logPosterior = LogSoftmax.LogPosterior(row[token], LogSoftmax.Normalizer(row));
            logPosterior.ShouldBe(row[token] - Math.Log(sum), 1e-12);
            Math.Exp(logPosterior).ShouldBe(LogSoftmax.Posterior(row, token), 1e-6);
        }
    }

    [Fact]
    public void What_is_no_number_is_impossible()
    {
        LogSoftmax.Normalizer([float.NaN, 0, float.NegativeInfinity, 0]).ShouldBe(Math.Log(2), 1e-15);
        LogSoftmax.Normalizer([float.NaN, float.NegativeInfinity]).ShouldBe(double.NegativeInfinity);
        LogSoftmax.LogPosterior(float.NaN, 0).ShouldBe(double.NegativeInfinity);
        LogSoftmax.LogPosterior(1, double.PositiveInfinity).ShouldBe(double.NegativeInfinity);
        LogSoftmax.LogPosterior(1, double.NegativeInfinity).ShouldBe(double.NegativeInfinity);
        LogSoftmax.Normalizer([]).ShouldBe(double.NegativeInfinity);
    }
}
