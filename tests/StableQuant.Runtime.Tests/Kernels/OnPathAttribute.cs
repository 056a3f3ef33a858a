using System.Reflection;
using Xunit.Sdk;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>
/// Runs a theory with a path as its first argument. Where this processor lacks the path, the row is reported as skipped,
/// never as passed; the Arm path runs emulated everywhere.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class OnPathAttribute : DataAttribute
{
    public OnPathAttribute(KernelPath path)
    {
        Path = path;
        Skip = path == KernelPath.ArmDp || KernelPaths.IsSupported(path) ? null! : $"This processor cannot run {KernelPaths.Name(path)} kernels.";
    }

    public KernelPath Path { get; }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[Path]];
}
