using StableQuant.Benchmarks;
using StableQuant.Benchmarks.Load;
using StableQuant.Benchmarks.Memory;
using StableQuant.Benchmarks.Programs;

// Before anything else is loaded: the time from this program's start is measured.
if (args is [OnnxProgram.Verb, string model, string recording])
{
    OnnxProgram.Run(model, recording);
    return 0;
}

if (args is [OnnxHearing.Verb, string heard, string description, .. string[] how])
{
    return OnnxHearing.Run(heard, description, how);
}

if (args is [TimedRounds.Verb, string compiled, string seconds])
{
    TimedRounds.Run(compiled, int.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}

if (args is [OnnxServer.Verb, string served, string url])
{
    await OnnxServer.RunAsync(served, url).ConfigureAwait(false);
    return 0;
}

return await BenchmarkCommand.Create().Parse(args).InvokeAsync().ConfigureAwait(false);
