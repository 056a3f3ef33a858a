using System.Globalization;
using Spectre.Console;
using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>
/// Shows on standard error how far work has come: on a terminal a bar for all of it, with the time left, and one for the step at hand;
/// elsewhere a plain line for every tenth of a step.
/// </summary>
internal static class ProgressDisplay
{
    /// <summary>Told how far work is; may be called by any thread, and out of order.</summary>
    /// <param name="step">What is being done.</param>
    /// <param name="done">Units of it done.</param>
    /// <param name="total">All of its units.</param>
    /// <param name="overall">The share of all steps together that is done, 0 to 1.</param>
    public delegate void Report(string step, int done, int total, double overall);

    private static IAnsiConsole? shown;

    /// <summary>Does <paramref name="work"/> and shows what it reports.</summary>
    public static T Run<T>(Func<Report, T> work) => Console.IsErrorRedirected ? RunWithLines(work) : RunWithBars(work);

    /// <summary>Writes a line to standard error, above the bars where some are shown.</summary>
    public static void WriteLine(string line)
    {
        if (shown is { } console)
        {
            console.WriteLine(line);
        }
        else
        {
            Console.Error.WriteLine(line);
        }
    }

    private static T RunWithBars<T>(Func<Report, T> work)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        try
        {
            return console.Progress().AutoClear(true).HideCompleted(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .Start(context =>
                {
                    shown = console;
                    ProgressTask whole = context.AddTask("all", maxValue: 1);
                    ProgressTask? at = null;
                    return work((step, done, total, overall) =>
                    {
                        lock (whole)
                        {
                            string name = Markup.Escape(PlainText.Of(step));
                            if (at?.Description != name)
                            {
                                at?.StopTask();
                                at = context.AddTask(name, maxValue: Math.Max(total, 1));
                            }

                            at.Value = Math.Max(at.Value, total == 0 ? 1 : done);
                            // All is done when the work has returned.
                            whole.Value = Math.Clamp(overall, whole.Value, 0.999);
                        }
                    });
                });
        }
        finally
        {
            shown = null;
        }
    }

    private static T RunWithLines<T>(Func<Report, T> work)
    {
        var tenths = new Dictionary<string, int>(StringComparer.Ordinal);
        return work((step, done, total, _) =>
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
