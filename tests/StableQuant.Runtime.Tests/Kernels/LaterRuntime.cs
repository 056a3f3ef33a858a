using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>The runtime as it is compiled for .NET 11, whose 512-bit AVX-VNNI is emulated here.</summary>
internal static class LaterRuntime
{
    private const string Symbol = "NET11_0_OR_GREATER";

    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    /// <summary>In the place of the framework's own class of that name, which the sources then bind to.</summary>
    private const string AvxVnni = """
        namespace System.Runtime.Intrinsics.X86;

        public abstract class AvxVnni
        {
            public static bool IsSupported => false;

            public static Vector256<int> MultiplyWideningAndAdd(Vector256<int> addend, Vector256<byte> left, Vector256<sbyte> right) =>
                throw new PlatformNotSupportedException();

            public abstract class V512
            {
                public static bool IsSupported => true;

                public static Vector512<int> MultiplyWideningAndAdd(Vector512<int> addend, Vector512<byte> left, Vector512<sbyte> right)
                {
                    for (int i = 0; i < 64; i++)
                    {
                        addend = addend.WithElement(i / 4, addend[i / 4] + left[i] * right[i]);
                    }

                    return addend;
                }
            }
        }
        """;

    /// <summary>Compiles the runtime's sources and loads them.</summary>
    public static Assembly Compile()
    {
        CSharpParseOptions options = CSharpParseOptions.Default.WithPreprocessorSymbols("STABLEQUANT_RUNTIME", "NET9_0_OR_GREATER", "NET10_0_OR_GREATER", Symbol);
        string[] sources = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "RuntimeSources"), "*.cs", SearchOption.AllDirectories);
        var compilation = CSharpCompilation.Create(
            "StableQuant.Runtime.Later",
            [.. sources.Select(Source).Append(Usings).Append(AvxVnni).Select(text => CSharpSyntaxTree.ParseText(text, options))],
            [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
                .Select(path => MetadataReference.CreateFromFile(path))],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
        using var assembly = new MemoryStream();
        compilation.Emit(assembly).Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).ShouldBeEmpty();
        assembly.Position = 0;
        return new AssemblyLoadContext("later").LoadFromStream(assembly);
    }

    // The framework's generator for LibraryImport is not here; its older sister needs none.
    private static string Source(string path) => File.ReadAllText(path)
        .Replace("[LibraryImport(", "[DllImport(", StringComparison.Ordinal)
        .Replace(" static partial ", " static extern ", StringComparison.Ordinal);
}
