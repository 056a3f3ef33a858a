using System.Runtime.InteropServices;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Where a test needs Linux on x64; elsewhere it is reported as skipped, never as passed.</summary>
internal static class LinuxX64
{
    public const string Elsewhere = "This is tested on Linux x64.";

    public static bool IsHere => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;
}

/// <summary>A fact on Linux x64.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnLinuxX64FactAttribute : FactAttribute
{
    public OnLinuxX64FactAttribute() => Skip = LinuxX64.IsHere ? null! : LinuxX64.Elsewhere;
}

/// <summary>A theory on Linux x64.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnLinuxX64TheoryAttribute : TheoryAttribute
{
    public OnLinuxX64TheoryAttribute() => Skip = LinuxX64.IsHere ? null! : LinuxX64.Elsewhere;
}
