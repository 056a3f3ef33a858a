using System.Globalization;
using System.Text.RegularExpressions;
using StableQuant.Kernels;
using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Package.Tests.Native;

/// <summary>Makes Arm64 programs on x64 Debian, runs them under qemu-user and reads their machine code.</summary>
internal static partial class Arm64
{
    /// <summary>What the publication needs besides the runtime identifier: Debian's cross tools.</summary>
    public static readonly string[] CrossTools = ["-p:CppCompilerAndLinker=clang", "-p:LinkerFlavor=lld", "-p:ObjCopyName=aarch64-linux-gnu-objcopy"];

    private const string Emulator = "qemu-aarch64";
    private const string Disassembler = "aarch64-linux-gnu-objdump";

    // A test and the instruction that it guards lie close together.
    private const int CheckBytes = 32;

    /// <summary>Which of the programs needed is missing; null where none is.</summary>
    public static string? Missing { get; } = !LinuxX64.IsHere ? LinuxX64.Elsewhere
        : new[] { "clang", "ld.lld", "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-objcopy", Disassembler, Emulator }.FirstOrDefault(name => !IsOnPath(name)) is { } missing
            ? $"There is no {missing}; build/test.sh installs it."
            : null;

    /// <summary>Runs a program on one of qemu's processors.</summary>
    public static (string Output, string Errors, int Status) Run(string processor, string program, params string[] arguments) => Shell.Run(
        AppContext.BaseDirectory,
        new Dictionary<string, string?> { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1", [InstructionSets.Variable] = null },
        Emulator, ["-cpu", processor, "-L", "/usr/aarch64-linux-gnu", program, .. arguments]);

    /// <summary>Counts the dot products of a program, and those that a test of a bit jumps over: the test whether the processor has them.</summary>
    public static (int All, int Tested) DotProducts(string program)
    {
        (string text, string errors, int status) = Shell.Run(AppContext.BaseDirectory, new Dictionary<string, string?>(), Disassembler, "-d", "-j", "__managedcode", "--no-show-raw-insn", program);
        status.ShouldBe(0, errors);
        int all = 0;
        int tested = 0;
        var tests = new Queue<(long At, long Target)>();
        foreach (Match line in Instruction().Matches(text))
        {
            long at = Hex(line.Groups["at"]);
            if (line.Groups["target"].Success)
            {
                tests.Enqueue((at, Hex(line.Groups["target"])));
                continue;
            }

            while (tests.TryPeek(out (long At, long) first) && at - first.At > CheckBytes)
            {
                tests.Dequeue();
            }

            all++;
            tested += tests.Any(test => test.Target > at) ? 1 : 0;
        }

        return (all, tested);

        static long Hex(Group group) => long.Parse(group.ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    private static bool IsOnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name)));

    // "  5b79ec:  sdot  v2.4s, v3.16b, v5.16b" and "  5b7f1c:  tbz  w0, #2, 5b7f30 <…>". Data among the code can read as an sdot of SVE, which has no v.
    [GeneratedRegex(@"^\s+(?<at>[0-9a-f]+):\t(?:sdot\tv|tbn?z\t\w+, #\d+, (?<target>[0-9a-f]+) )", RegexOptions.Multiline)]
    private static partial Regex Instruction();
}

/// <summary>A fact about Arm64 programs; where one cannot be made or run, it is reported as skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnArm64FactAttribute : FactAttribute
{
    public OnArm64FactAttribute() => Skip = Arm64.Missing!;
}

/// <summary>The same with rows.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnArm64TheoryAttribute : TheoryAttribute
{
    public OnArm64TheoryAttribute() => Skip = Arm64.Missing!;
}
