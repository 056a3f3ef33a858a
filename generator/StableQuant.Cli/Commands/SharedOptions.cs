using System.CommandLine;
using StableQuant.Calibration.Compile;

namespace StableQuant.Cli.Commands;

/// <summary>Arguments and options that several commands share, so that they are spelt and checked alike.</summary>
internal static class SharedOptions
{
    private const int MaxThreads = 1024;

    /// <summary>MODEL: an <c>.onnx</c> or a <c>.sqmodel</c>.</summary>
    public static Argument<string> Model() => WithEnding(
        new Argument<string>("MODEL") { Description = "The model: NAME.sqmodel or NAME.onnx.", HelpName = "MODEL" },
        ModelSource.CompiledEnding, ModelSource.OnnxEnding);

    /// <summary>MODEL.onnx.</summary>
    public static Argument<string> OnnxModel() => WithEnding(
        new Argument<string>("MODEL") { Description = "The float model.", HelpName = "MODEL.onnx" },
        ModelSource.OnnxEnding);

    /// <summary>NAME.sqmodel.</summary>
    public static Argument<string> CompiledModel() => WithEnding(
        new Argument<string>("MODEL") { Description = "The quantized model.", HelpName = "NAME.sqmodel" },
        ModelSource.CompiledEnding);

    /// <summary>--vocab FILE.</summary>
    public static Option<string?> Vocabulary() => new("--vocab")
    {
        Description = "The vocabulary of an .onnx model; by default vocab.json beside it.",
        HelpName = "vocab.json",
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

    private static Argument<string> WithEnding(Argument<string> argument, params string[] endings)
    {
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string path }] && !endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            {
                result.AddError($"MODEL ends in {string.Join(" or ", endings)}, but '{path}' does not.");
            }
        });
        return argument;
    }
}
