using System.Globalization;
using System.Text.RegularExpressions;

namespace StableQuant.Package.Tests.Native.Loops;

/// <summary>What LLVM knows of processors: how long a loop takes where all it reads is in the first-level cache.</summary>
internal static partial class ProcessorModel
{
    private const string Program = "llvm-mca-19";
    private const string Disassembler = "aarch64-linux-gnu-objdump";
    private const int Rounds = 200;

    /// <summary>Which of the programs needed is missing; null where none is.</summary>
    public static string? Missing { get; } = Arm64.Lacks(Disassembler, Program);

    /// <summary>The loops of some bytes of machine code, or of a program's managed code.</summary>
    public static IReadOnlyList<MachineLoop> Loops(string file, bool isProgram)
    {
        string[] form = isProgram ? ["-d", "-j", "__managedcode"] : ["-D", "-b", "binary", "-m", "aarch64"];
        (string text, string errors, int status) = Shell.Run(AppContext.BaseDirectory, new Dictionary<string, string?>(), Disassembler, [.. form, "--no-show-raw-insn", file]);
        status.ShouldBe(0, errors);
        return MachineLoop.Of(text);
    }

    /// <summary>Cycles that a processor takes for one round of a loop.</summary>
    /// <param name="processor">As LLVM names it.</param>
    /// <param name="loop">Its instructions.</param>
    public static double Cycles(string processor, IReadOnlyList<string> loop)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, loop.Select(i => Target().Replace(i, ".")));
            (string text, string errors, int status) = Shell.Run(
                AppContext.BaseDirectory, new Dictionary<string, string?>(),
                Program, "-mtriple=aarch64", "-mattr=+dotprod,+i8mm", $"-mcpu={processor}", $"-iterations={Rounds}", file);
            status.ShouldBe(0, errors);
            return double.Parse(Total().Match(text).Groups[1].ValueSpan, CultureInfo.InvariantCulture) / Rounds;
        }
        finally
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex(@"Total Cycles:\s+(\d+)")]
    private static partial Regex Total();

    // A branch's: where it leads makes no difference.
    [GeneratedRegex(@"(?<=^(?:b|b\.\w+|cbn?z|tbn?z) (?:.*, )?)(?:0x)?[0-9a-f]+$")]
    private static partial Regex Target();
}

/// <summary>A theory about loops of machine code; where they cannot be read, it is reported as skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnProcessorModelTheoryAttribute : TheoryAttribute
{
    public OnProcessorModelTheoryAttribute() => Skip = ProcessorModel.Missing!;
}
