using System.Reflection;
using StableQuant.Kernels;
using Xunit.Sdk;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>
/// Runs a theory with a path as its first argument, and others after it. Where this processor lacks the path, the row is reported as skipped,
/// never as passed; the Arm path that is no machine code runs emulated everywhere.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class OnInstructionSetAttribute : DataAttribute
{
    private readonly object[] arguments;

    public OnInstructionSetAttribute(InstructionSet path, params object[] arguments)
    {
        Path = path;
        this.arguments = arguments;
        Skip = InstructionSets.CanRun(path) ? null! : $"This processor cannot run {InstructionSets.Name(path)} kernels.";
    }

    public InstructionSet Path { get; }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[Path, .. arguments]];
}
