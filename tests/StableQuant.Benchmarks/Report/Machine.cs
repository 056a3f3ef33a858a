using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using StableQuant.Benchmarks.Models;

namespace StableQuant.Benchmarks.Report;

/// <summary>Where, when and of which commit results are.</summary>
/// <param name="Processor">The processor's name.</param>
/// <param name="Cores">Logical processors.</param>
/// <param name="InstructionSets">Those that kernels can use, as the system names them.</param>
/// <param name="System">Operating system and .NET.</param>
/// <param name="OnnxRuntime">Version of ONNX Runtime.</param>
/// <param name="Kernels">Our kernels in use.</param>
/// <param name="Date">The day, UTC.</param>
/// <param name="Commit">The commit; with a + where the working tree differs from it.</param>
internal sealed record Machine(
    string Processor, int Cores, IReadOnlyList<string> InstructionSets, string System, string OnnxRuntime, string Kernels, string Date, string Commit)
{
    private const string ProcessorFile = "/proc/cpuinfo";

    private static readonly string[] Known =
        ["avx2", "fma", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx_vnni", "avx_vnni_int8", "amx_int8", "asimddp", "i8mm", "sve"];

    /// <summary>This machine, now.</summary>
    public static Machine Here()
    {
        string[] lines = File.Exists(ProcessorFile) ? File.ReadAllLines(ProcessorFile) : [];
        string? Field(params string[] names) => lines.FirstOrDefault(l => names.Any(n => l.StartsWith(n, StringComparison.Ordinal)))?.Split(':', 2)[1].Trim();
        string[] flags = Field("flags", "Features")?.Split(' ') ?? [];
        return new Machine(
            Field("model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
            Environment.ProcessorCount,
            [.. Known.Intersect(flags)],
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
            OrtEnv.Instance().GetVersionString(),
            global::StableQuant.Kernels.InstructionSets.Name(global::StableQuant.Kernels.InstructionSets.Current),
            DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Git("rev-parse --short=12 HEAD") + (Git("status --porcelain --untracked-files=no").Length > 0 ? "+" : ""));
    }

    private static string Git(string arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true })!;
            string output = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return output;
        }
        catch (global::System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }
}
