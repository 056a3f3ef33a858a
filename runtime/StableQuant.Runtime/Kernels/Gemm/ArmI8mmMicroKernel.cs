using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StableQuant.Kernels.Gemm.MachineCode;
using StableQuant.Kernels.Lanes;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// Sums of whole tiles by <c>usmmla</c> in machine code, on processors with I8MM, for which .NET 10 has no API: two rows times two
/// outputs, eight inputs. It wants an output's eight weights side by side, so that panels are packed anew for each block of rows: a copy of
/// a few panels that stays in the cache, where one of all weights would take their memory twice. Panels too long for that, of products over
/// frames of minutes, are summed by <c>sdot</c>.
/// </summary>
internal readonly unsafe struct ArmI8mmMicroKernel : IMicroKernel
{
    private const int GroupBytes = PanelLayout.GroupBytes;
    private const int BeginBytes = PanelLayout.Outputs * sizeof(int);

    /// <summary>Whether tiles can be summed here.</summary>
    public static bool IsSupported { get; } = ArmDpMicroKernel.IsSupported && Arm64Processor.HasMatrixMultiply();

    /// <inheritdoc/>
    public static bool TakesLimits => false;

    /// <inheritdoc/>
    public static bool NeedsLimits => false;

    /// <inheritdoc/>
    public static bool AddsOutliers => false;

    /// <inheritdoc/>
    public static int MinRows => Arm64Tiles.Rows;

    /// <inheritdoc/>
    public static int MaxPanels => TileLayout.MaxPanels;

    /// <inheritdoc/>
    public static int Rows(int panels, int left) => Arm64Tiles.Rows;

    /// <inheritdoc/>
    public static int PackedBytes(long groups) => AreShort(groups) ? (int)Bytes(groups) : 0;

    /// <summary>Where the sums begin, −128·Σw of each output, since <c>usmmla</c> takes inputs as they are; then 16 outputs × 8 inputs for each two groups.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(byte* panel, int* sums, long groups, byte* packed)
    {
        Vector128<int> bias = Vector128.Create(-Arm64Tiles.Bias);
        for (int i = 0; i < PanelLayout.Outputs; i += Vector128<int>.Count)
        {
            (Vector128.Load(sums + i) * bias).Store((int*)packed + i);
        }

        packed += BeginBytes;
        for (; groups >= 2; groups -= 2, panel += 2 * GroupBytes, packed += 2 * GroupBytes)
        {
            for (int i = 0; i < GroupBytes; i += Vector128<byte>.Count)
            {
                Zip(Vector128.Load((int*)(panel + i)), Vector128.Load((int*)(panel + GroupBytes + i)), packed + 2 * i);
            }
        }

        if (groups > 0)
        {
            for (int i = 0; i < GroupBytes; i += Vector128<byte>.Count)
            {
                Zip(Vector128.Load((int*)(panel + i)), Vector128<int>.Zero, packed + 2 * i);
            }
        }
    }

    /// <inheritdoc/>
    public static void Sum(int panels, int rows, TileArguments* tile) =>
        Arm64Tiles.Sum(AreShort(tile->Groups) ? Arm64Code.MatrixMultiply : Arm64Code.DotProduct, Arm64Tiles.Rows, panels, rows, tile);

    private static long Bytes(long groups) => BeginBytes + (groups + 1) / 2 * (2 * GroupBytes);

    private static bool AreShort(long groups) => Bytes(groups) <= MicroKernel.MaxPackedBytes;

    // Four outputs' inputs of one group, and of the next.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Zip(Vector128<int> first, Vector128<int> second, byte* target)
    {
        Neon.ZipLower(first, second).Store((int*)target);
        Neon.ZipUpper(first, second).Store((int*)target + Vector128<int>.Count);
    }
}
