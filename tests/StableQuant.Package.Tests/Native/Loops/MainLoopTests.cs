using System.Globalization;
using StableQuant.Kernels.Gemm.MachineCode;

namespace StableQuant.Package.Tests.Native.Loops;

/// <summary>
/// How near the main loops of Arm's micro-kernels come to what their arithmetic takes alone, by LLVM's models of processors: the table of
/// docs/instruction-sets.md, which may not become worse.
/// </summary>
public sealed class MainLoopTests : IDisposable
{
    private static readonly string[] Models = ["cortex-a53", "cortex-a72", "cortex-a55", "neoverse-n1", "neoverse-n2", "neoverse-v1"];

    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    // Additions of pairs belong to smull. The models of the first three know neither usmmla nor, but for the third, sdot.
    [OnProcessorModelTheory]
    [InlineData(Arm64Code.DotProduct, new[] { "sdot" }, 2, "neoverse-n1 neoverse-n2 neoverse-v1", 85)]
    [InlineData(Arm64Code.MatrixMultiply, new[] { "usmmla" }, 4, "neoverse-n2 neoverse-v1", 80)]
    [InlineData(Arm64Code.MultiplyLong, new[] { "smull", "smull2", "smlal", "smlal2", "sadalp" }, 0, "cortex-a72 neoverse-n1", 75)]
    public void Main_loops_spill_nothing_and_take_little_more_than_their_arithmetic(int entry, string[] arithmetic, int firstModel, string goals, int goal)
    {
        File.WriteAllBytes(file, Arm64Code.Bytes);
        MachineLoop loop = ProcessorModel.Loops(file, isProgram: false).First(l => l.Address > entry);
        string[] multiplications = [.. arithmetic.Where(name => name != "sadalp")];
        loop.Spills.ShouldBe(0);
        loop.Calls.ShouldBeFalse();

        string[] cells =
        [
            string.Join(", ", multiplications.Where(name => !name.EndsWith('2')).Select(name => $"`{name}`")),
            loop.Count(multiplications).ToString(CultureInfo.InvariantCulture),
            loop.Instructions.Count.ToString(CultureInfo.InvariantCulture),
            .. Models.Select((model, i) => i < firstModel ? "–" : $"{Share(model)} %"),
        ];
        File.ReadAllText(Repository.File("docs/instruction-sets.md")).ShouldContain($"| {string.Join(" | ", cells)} |");
        foreach (string model in goals.Split(' '))
        {
            Share(model).ShouldBeGreaterThanOrEqualTo(goal, model);
        }

        int Share(string model) => (int)Math.Round(100 * ProcessorModel.Cycles(model, loop.Only(arithmetic)) / ProcessorModel.Cycles(model, loop.Instructions));
    }
}
