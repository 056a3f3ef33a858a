using System.ComponentModel;
using System.Reflection;

namespace StableQuant.Runtime.Tests;

/// <summary>What completion shows of the library.</summary>
public class VisibleTypesTests
{
    private static readonly string[] ForGeneratedCode = ["StableQuant.FrontEnd", "StableQuant.Kernels", "StableQuant.Threads", "StableQuant.Weights"];

    [Fact]
    public void Types_that_only_generated_code_uses_are_hidden_and_no_others()
    {
        foreach (Type type in typeof(ISpeechModel).Assembly.GetExportedTypes().Where(type => !type.IsNested))
        {
            bool isHidden = type.GetCustomAttribute<EditorBrowsableAttribute>()?.State == EditorBrowsableState.Never;
            isHidden.ShouldBe(ForGeneratedCode.Any(folder => type.Namespace == folder || type.Namespace!.StartsWith(folder + ".", StringComparison.Ordinal)), type.FullName);
        }
    }
}
