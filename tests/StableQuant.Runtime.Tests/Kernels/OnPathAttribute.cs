using System.Reflection;
using Xunit.Sdk;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>
/// Runs a theory with a path as its first argument, and others after it. Where this processor lacks the path, the row is reported as skipped,
/// never as passed; the Arm path runs emulated everywhere.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class OnPathAttribute : DataAttribute
{
    private readonly object[] arguments;

    public OnPathAttribute(KernelPath path, params object[] arguments)
    {
        Path = path;
        this.arguments = arguments;
        Skip = path == KernelPath.ArmDp || KernelPaths.IsSupported(path) ? null! : $"This processor cannot run {KernelPaths.Name(path)} kernels.";
    }

    public KernelPath Path { get; }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[Path, .. arguments]];
}
