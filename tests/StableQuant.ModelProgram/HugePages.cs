using System.Globalization;
using System.Runtime.InteropServices;

namespace StableQuant.ModelProgram;

/// <summary>Asks the system for huge pages under all of this program's large memory: arena, heap and mapped weights. An experiment of the benchmark, no part of the product.</summary>
internal static partial class HugePages
{
    /// <summary>The variable that asks for it, by 1.</summary>
    public const string Variable = "STABLEQUANT_BENCHMARK_HUGE_PAGES";

    private const int MadviseHugePage = 14;
    private const ulong HugePage = 2 << 20;

    /// <summary>Asks, and tells standard error of how much.</summary>
    public static void Ask()
    {
        ulong granted = 0, refused = 0;
        foreach (string[] fields in File.ReadLines("/proc/self/maps").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            ulong[] range = [.. fields[0].Split('-').Select(address => ulong.Parse(address, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
            bool isWeights = fields.Length > 5 && fields[5].EndsWith(".sqweights", StringComparison.Ordinal);
            if (range[1] - range[0] >= HugePage && (isWeights || (fields.Length == 5 && fields[1].StartsWith("rw", StringComparison.Ordinal))))
            {
                if (Advise((nuint)range[0], (nuint)(range[1] - range[0]), MadviseHugePage) == 0)
                {
                    granted += range[1] - range[0];
                }
                else
                {
                    refused += range[1] - range[0];
                }
            }
        }

        Console.Error.WriteLine($"huge pages: asked for {granted >> 20} MiB, refused for {refused >> 20} MiB");
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint start, nuint length, int advice);
}
