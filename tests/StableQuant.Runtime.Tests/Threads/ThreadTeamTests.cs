using StableQuant.Threads;

namespace StableQuant.Runtime.Tests.Kernels;

public sealed unsafe class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void What_was_written_before_a_meeting_is_read_after_it_by_all(int threads)
    {
        using var team = new ThreadTeam(threads);
        int* cells = stackalloc int[threads + 1];
        for (int call = 0; call < 40; call++)
        {
            new Span<int>(cells, threads + 1).Clear();
            team.Run(&Rounds, cells);
            cells[threads].ShouldBe(0, "a thread read a cell of another round");
        }
    }

    [Theory]
    [InlineData(1, 12)]
    [InlineData(499, 12)]
    [InlineData(3, 7)]
    [InlineData(0, 12)]
    public void Shares_cover_all_rows_once_in_whole_steps(int count, int step)
    {
        foreach (int threads in new[] { 1, 2, 3, 16 })
        {
            using var team = new ThreadTeam(threads);
            int next = 0;
            for (int part = 0; part < threads; part++)
            {
                (int first, int end) = new Worker(team, part).Rows(count, step);
                first.ShouldBe(next);
                end.ShouldBeGreaterThanOrEqualTo(first);
                (end == count || end % step == 0).ShouldBeTrue();
                next = end;
            }

            next.ShouldBe(count);
        }
    }

    [Fact]
    public void Between_two_calls_the_threads_sleep()
    {
        using var team = new ThreadTeam(3);
        int* cells = stackalloc int[4];
        team.Run(&Rounds, cells);
        bool Sleep() => team.Threads.All(thread => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
        SpinWait.SpinUntil(Sleep, TimeSpan.FromSeconds(30)).ShouldBeTrue();
    }

    [Fact]
    public void A_team_that_ended_does_no_more_work()
    {
        var team = new ThreadTeam(3);
        team.Dispose();
        team.Dispose();
        Array.ForEach(team.Threads, thread => thread.Join());
        Should.Throw<ObjectDisposedException>(() => team.Run(&Rounds, null));
    }

    [Fact]
    public void A_call_allocates_nothing()
    {
        using var team = new ThreadTeam(2);
        int* cells = stackalloc int[3];
        team.Run(&Rounds, cells);
        Allocations.Of(() => team.Run(&Rounds, cells)).ShouldBe(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(ThreadTeam.MaxThreads + 1)]
    public void A_number_of_threads_out_of_range_is_refused(int threads) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new ThreadTeam(threads)).Message.ShouldContain("threads must be from 1 to 256");

    // Each thread writes the round into its cell; after they met, all must see it in every cell. The last cell counts faults.
    private static void Rounds(in Worker worker, void* context)
    {
        int* cells = (int*)context;
        for (int round = 1; round <= 20; round++)
        {
            cells[worker.Index] = round;
            worker.Barrier();
            for (int part = 0; part < worker.Count; part++)
            {
                if (cells[part] != round)
                {
                    Interlocked.Increment(ref cells[worker.Count]);
                }
            }

            worker.Barrier();
        }
    }
}
