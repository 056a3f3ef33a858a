using System.CommandLine;
using StableQuant.Calibration.Compile;

namespace StableQuant.Cli.Commands;

/// <summary>Arguments and options that several commands share, so that they are spelt and checked alike.</summary>
internal static class SharedOptions
{
    private const int MaxThreads = 1024;

    /// <summary>MODEL: a <c>.sqmodel</c>, an <c>.onnx</c> or a checkpoint's folder.</summary>
    public static Argument<string> Model() => Checked(
        new Argument<string>("MODEL") { Description = "The model: NAME.sqmodel, NAME.onnx, or a folder with config.json and model.safetensors.", HelpName = "MODEL" },
        path => ModelSource.IsCompiled(path) || ModelSource.IsFloat(path), $"ends in {ModelSource.CompiledEnding} or {ModelSource.OnnxEnding}, or is a folder");

    /// <summary>MODEL: an <c>.onnx</c> or a checkpoint's folder.</summary>
    public static Argument<string> FloatModel() => Checked(
        new Argument<string>("MODEL") { Description = "The float model: NAME.onnx, or a folder with config.json and model.safetensors.", HelpName = "MODEL" },
        ModelSource.IsFloat, $"ends in {ModelSource.OnnxEnding} or is a folder");

    /// <summary>NAME.sqmodel.</summary>
    public static Argument<string> CompiledModel() => Checked(
        new Argument<string>("MODEL") { Description = "The quantized model.", HelpName = "NAME.sqmodel" },
        ModelSource.IsCompiled, $"ends in {ModelSource.CompiledEnding}");

    /// <summary>--language L.</summary>
    public static Option<string?> Language() => new("--language")
    {
        Description = "Which of its languages, if a float model has a vocabulary or adapters for each.", HelpName = "L",
    };

    /// <summary>--allow-symlinks.</summary>
    public static Option<bool> AllowSymlinks() => new("--allow-symlinks")
    {
        Description = "Follow symbolic links to a model's external data out of its folder and of its download cache.",
    };

    /// <summary>--threads N.</summary>
    public static Option<int> Threads()
    {
        var option = new Option<int>("--threads")
        {
            Description = "Threads to use; by default as many as there are processors.",
            HelpName = "N",
            DefaultValueFactory = _ => Math.Min(Environment.ProcessorCount, MaxThreads),
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int threads) && threads is < 1 or > MaxThreads)
            {
                result.AddError($"--threads takes 1 to {MaxThreads}.");
            }
        });
        return option;
    }

    /// <summary>--probe DATA.</summary>
    public static Option<string?> Probe() => new("--probe")
    {
        Description = "Speech unlike DATA, with or without transcripts: count there the words that differ from the float model's, and find out which operand of which layer makes the difference.",
        HelpName = "DATA",
    };

    /// <summary>--report FILE.html.</summary>
    public static Option<string?> Report()
    {
        var option = new Option<string?>("--report") { Description = "Write what was measured and decided as one HTML page, too.", HelpName = "FILE.html" };
        option.RequireEnding(".html");
        return option;
    }

    /// <summary>--json.</summary>
    public static Option<bool> Json() => new("--json")
    {
        Description = "Write one JSON object to standard output, and nothing else there.",
    };

    /// <summary>A usage error unless the file's name ends as it should.</summary>
    public static void RequireEnding(this Option option, string ending) =>
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string path }] && !path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            {
                result.AddError($"{option.Name} takes a file that ends in {ending}, not '{path}'.");
            }
        });

    private static Argument<string> Checked(Argument<string> argument, Func<string, bool> fits, string what)
    {
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string path }] && !fits(path))
            {
                result.AddError($"MODEL {what}, but '{path}' does not.");
            }
        });
        return argument;
    }
}
