using System.Globalization;
using Spectre.Console;
using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>
/// Shows on standard error how far work has come: bars on a terminal, elsewhere a plain line for every tenth of a step.
/// </summary>
internal static class ProgressDisplay
{
    /// <summary>Told how much of a step is done; may be called by any thread, and out of order.</summary>
    public delegate void Report(string step, int done, int total);

    /// <summary>Does <paramref name="work"/> and shows what it reports.</summary>
    public static T Run<T>(Func<Report, T> work) => Console.IsErrorRedirected ? RunWithLines(work) : RunWithBars(work);

    private static T RunWithBars<T>(Func<Report, T> work)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var tasks = new Dictionary<string, ProgressTask>(StringComparer.Ordinal);
                return work((step, done, total) =>
                {
                    lock (tasks)
                    {
                        if (!tasks.TryGetValue(step, out ProgressTask? task))
                        {
                            tasks.Add(step, task = context.AddTask(Markup.Escape(PlainText.Of(step)), maxValue: Math.Max(total, 1)));
                        }

                        task.Value = Math.Max(task.Value, done);
                    }
                });
            });
    }

    private static T RunWithLines<T>(Func<Report, T> work)
    {
        var tenths = new Dictionary<string, int>(StringComparer.Ordinal);
        return work((step, done, total) =>
        {
            int tenth = (int)(10L * done / Math.Max(total, 1));
            lock (tenths)
            {
                if (tenth > tenths.GetValueOrDefault(step))
                {
                    tenths[step] = tenth;
                    Messages.WriteNote(string.Create(CultureInfo.InvariantCulture, $"{step}: {done} of {total}"));
                }
            }
        });
    }
}
