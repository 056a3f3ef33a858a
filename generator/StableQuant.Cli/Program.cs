using StableQuant.Cli;

return await CommandLine.RunAsync(args).ConfigureAwait(false);
