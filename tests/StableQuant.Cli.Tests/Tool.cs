using System.Diagnostics;
using System.Text.Json;

namespace StableQuant.Cli.Tests;

/// <summary>Runs the built tool as its users do: as a process.</summary>
internal static class Tool
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;

    /// <summary>The path of a committed test file.</summary>
    public static string Data(string name) => Path.Combine(AppContext.BaseDirectory, "Data", name);

    /// <summary>Runs the tool to its end.</summary>
    public static Outcome Run(params string[] args)
    {
        using Process process = Start(args);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Outcome(process.ExitCode, output, error.Result);
    }

    /// <summary>Starts the tool; the caller reads both of its streams.</summary>
    public static Process Start(params string[] args)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "stablequant.dll"));
        Array.ForEach(args, start.ArgumentList.Add);
        return Process.Start(start)!;
    }

    /// <summary>How a run ended.</summary>
    public sealed record Outcome(int Status, string Output, string Error)
    {
        /// <summary>The lines of standard error that are errors: not progress, not notes.</summary>
        public string[] Errors => [.. Error.Split('\n').Where(line => line.StartsWith("stablequant:", StringComparison.Ordinal))];

        /// <summary>Standard output, which must be one JSON object and nothing else.</summary>
        public JsonElement Json()
        {
            using JsonDocument document = JsonDocument.Parse(Output);
            document.RootElement.ValueKind.ShouldBe(JsonValueKind.Object);
            return document.RootElement.Clone();
        }

        /// <summary>Checks that the run failed with one line on standard error, and returns it.</summary>
        public string ShouldFail(int status)
        {
            Status.ShouldBe(status, Error);
            Output.ShouldBeEmpty();
            Error.Trim().ShouldNotContain("\n");
            Error.ShouldStartWith("stablequant: ");
            return Error;
        }
    }
}
