using StableQuant.Benchmarks.Load;

namespace StableQuant.Calibration.Tests.Benchmarks;

public sealed class ClosedLoopTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(50, 5)]
    [InlineData(51, 6)]
    [InlineData(99, 10)]
    [InlineData(100, 10)]
    public void A_percentile_is_the_least_value_that_so_many_do_not_exceed(double percent, double expected) =>
        ClosedLoop.Percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], percent).ShouldBe(expected);

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Every_request_is_sent_once_and_never_more_at_a_time_than_there_are_clients(int clients)
    {
        var sent = new int[100];
        int under = 0, most = 0;
        double[] times = await ClosedLoop.RunAsync(clients, sent.Length, async i =>
        {
            int now = Interlocked.Increment(ref under);
            for (int seen; (seen = Volatile.Read(ref most)) < now && Interlocked.CompareExchange(ref most, now, seen) != seen;)
            {
            }

            Interlocked.Increment(ref sent[i]);
            await Task.Delay(1);
            Interlocked.Decrement(ref under);
        });
        sent.ShouldAllBe(count => count == 1);
        most.ShouldBeInRange(1, clients);
        times.Length.ShouldBe(sent.Length);
        times.ShouldAllBe(time => time > 0);
    }
}
