using StableQuant.Kernels;
using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Package.Tests.Native;

/// <summary>Makes Arm64 programs on x64 Debian and runs them under qemu-user.</summary>
internal static class Arm64
{
    /// <summary>What the publication needs besides the runtime identifier: Debian's cross tools.</summary>
    public static readonly string[] CrossTools = ["-p:CppCompilerAndLinker=clang", "-p:LinkerFlavor=lld", "-p:ObjCopyName=aarch64-linux-gnu-objcopy"];

    private const string Emulator = "qemu-aarch64";

    /// <summary>Which of the programs needed is missing; null where none is.</summary>
    public static string? Missing { get; } = Lacks("clang", "ld.lld", "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-objcopy", Emulator);

    /// <summary>Which of some programs is missing; null where none is.</summary>
    public static string? Lacks(params string[] programs) => !LinuxX64.IsHere ? LinuxX64.Elsewhere
        : programs.FirstOrDefault(name => !IsOnPath(name)) is { } missing ? $"There is no {missing}; build/test.sh installs it." : null;

    /// <summary>Runs a program on one of qemu's processors.</summary>
    public static (string Output, string Errors, int Status) Run(string processor, (string Name, string Value)[] variables, string program, params string[] arguments) => Shell.Run(
        AppContext.BaseDirectory,
        new Dictionary<string, string?>(variables.Select(v => KeyValuePair.Create(v.Name, (string?)v.Value))) { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1", [InstructionSets.Variable] = null },
        Emulator, ["-cpu", processor, "-L", "/usr/aarch64-linux-gnu", program, .. arguments]);

    private static bool IsOnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name)));
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
