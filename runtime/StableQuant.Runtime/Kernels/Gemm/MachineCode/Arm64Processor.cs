using System.Runtime.InteropServices;

namespace StableQuant.Kernels.Gemm.MachineCode;

/// <summary>What an Arm64 processor has of which .NET 10 does not tell.</summary>
internal static unsafe partial class Arm64Processor
{
    /// <summary>Whether it has the matrix multiplication of bytes (FEAT_I8MM), as the operating system says.</summary>
    public static bool HasMatrixMultiply()
    {
        try
        {
            return OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? HasOnLinux()
                : OperatingSystem.IsWindows() ? HasOnWindows()
                : OperatingSystem.IsMacOS() && HasOnMacOS();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    private static bool HasOnLinux()
    {
        const nuint SecondFeatures = 26;
        const nuint MatrixMultiply = 1 << 13;
        return (AuxiliaryValue(SecondFeatures) & MatrixMultiply) != 0;
    }

    private static bool HasOnWindows()
    {
        const uint MatrixMultiply = 66;
        return IsProcessorFeaturePresent(MatrixMultiply) != 0;
    }

    private static bool HasOnMacOS()
    {
        int value = 0;
        nuint length = sizeof(int);
        fixed (byte* name = "hw.optional.arm.FEAT_I8MM"u8)
        {
            return SystemControl(name, &value, &length, null, 0) == 0 && value != 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "getauxval")]
    private static partial nuint AuxiliaryValue(nuint type);

    [LibraryImport("kernel32")]
    private static partial int IsProcessorFeaturePresent(uint feature);

    [LibraryImport("libc", EntryPoint = "sysctlbyname")]
    private static partial int SystemControl(byte* name, void* old, nuint* oldLength, void* value, nuint valueLength);
}
