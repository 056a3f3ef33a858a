using StableQuant.Kernels.Gemm;
using StableQuant.Kernels.Gemm.MachineCode;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>
/// Micro-kernels of Arm as far as they run here: what packs for usmmla, with its definition behind it. The machine code itself runs under
/// qemu, in the tests of the packages.
/// </summary>
public sealed unsafe class ArmMicroKernelTests
{
    [OnLinuxX64Fact]
    public void Packed_panels_multiplied_by_the_definition_of_usmmla_have_the_sums_of_plain_loops()
    {
        var random = new Random(12);
        for (int trial = 0; trial < 300; trial++)
        {
            GuardedTile.Difference(MicroKernel.Of<DefinedI8mm>(), random).ShouldBeNull();
        }
    }

    [OnLinuxX64Fact]
    [Trait("Ring", "Full")]
    public void The_bytes_are_what_the_source_assembles_to() => AssembledSource.Of("Arm64.s", "aarch64-linux-gnu-").ShouldBe(Arm64Code.Bytes, typeof(Arm64Code));

    /// <summary>What the machine code does with packed panels, for each two groups 8 pairs of outputs × 8 inputs, and with those too long for it.</summary>
    private readonly struct DefinedI8mm : IMicroKernel
    {
        public static bool TakesLimits => false;

        public static bool NeedsLimits => false;

        public static bool AddsOutliers => false;

        public static int MinRows => ArmI8mmMicroKernel.MinRows;

        public static int MaxPanels => ArmI8mmMicroKernel.MaxPanels;

        public static int Rows(int panels, int left) => ArmI8mmMicroKernel.Rows(panels, left);

        public static int PackedBytes(long groups) => ArmI8mmMicroKernel.PackedBytes(groups);

        public static void Pack(byte* panel, int* sums, long groups, byte* packed) => ArmI8mmMicroKernel.Pack(panel, sums, groups, packed);

        public static void Sum(int panels, int rows, TileArguments* tile)
        {
            for (int i = 0; i < rows * panels * 16; i++)
            {
                int row = i / 16 / panels, output = i % 16;
                byte* panel = tile->Weights + i / 16 % panels * tile->PanelBytes;
                bool isPacked = PackedBytes(tile->Groups) > 0;
                int sum = isPacked ? ((int*)panel)[output] : 0;
                for (int k = 0; k < tile->Groups * 4; k++)
                {
                    byte input = tile->Input[row * tile->InputStride + k];
                    sum += isPacked ? input * (sbyte)panel[64 + k / 8 * 128 + output / 2 * 16 + output % 2 * 8 + k % 8] : (input - 128) * (sbyte)panel[k / 4 * 64 + output * 4 + k % 4];
                }

                tile->Sums[i] = sum;
            }
        }
    }
}
