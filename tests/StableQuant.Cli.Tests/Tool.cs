using System.Diagnostics;
using System.Text.Json;

namespace StableQuant.Cli.Tests;

/// <summary>Runs the built tool as its users do: as a process.</summary>
internal static class Tool
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;

    /// <summary>Where the tool keeps what it compiled.</summary>
    public static string Cache => Path.Combine(AppContext.BaseDirectory, "Cache");

    /// <summary>The path of a committed test file.</summary>
    public static string Data(string name) => Path.Combine(AppContext.BaseDirectory, "Data", name);

    /// <summary>The path of a model among the test files: the float commands model, and what the sample ships.</summary>
    public static string Model(string name) => Path.Combine(AppContext.BaseDirectory, "Models", name);

    /// <summary>The path of a recording that the sample brings.</summary>
    public static string Recording(string name) => Path.Combine(AppContext.BaseDirectory, "Recordings", name);

    /// <summary>Runs the tool to its end.</summary>
    public static Outcome Run(params string[] args) => Finish(Start(args));

    /// <summary>Runs the tool to its end, in a folder.</summary>
    public static Outcome RunIn(string folder, params string[] args) => Finish(Start("stablequant.dll", null, args, folder));

    /// <summary>Runs the tool to its end, with this on its standard input.</summary>
    public static Outcome RunWithInput(byte[] input, params string[] args)
    {
        Process process = Start("stablequant.dll", null, args, "", takesInput: true);
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        return Finish(process);
    }

    /// <summary>Runs the sample to its end.</summary>
    /// <param name="kernels">What <c>STABLEQUANT_KERNELS</c> is set to; null for nothing.</param>
    /// <param name="args">Its arguments.</param>
    public static Outcome RunSample(string? kernels, params string[] args) => Finish(Start("VoiceCommands.dll", kernels, args));

    /// <summary>Runs the sample that makes subtitles.</summary>
    public static Outcome RunSubtitles(params string[] args) => Finish(Start("Subtitles.dll", null, args));

    /// <summary>Runs the sample that tells what a recording is about.</summary>
    public static Outcome RunSpokenIntents(params string[] args) => Finish(Start("SpokenIntents.dll", null, args));

    private static Outcome Finish(Process started)
    {
        using Process process = started;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Outcome(process.ExitCode, output, error.Result);
    }

    /// <summary>Starts the tool; the caller reads both of its streams.</summary>
    public static Process Start(params string[] args) => Start("stablequant.dll", null, args);

    private static Process Start(string program, string? kernels, string[] args, string folder = "", bool takesInput = false)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardInput = takesInput,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment["XDG_CACHE_HOME"] = Cache;
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, program));
        if (kernels is not null)
        {
            start.Environment["STABLEQUANT_KERNELS"] = kernels;
        }

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
