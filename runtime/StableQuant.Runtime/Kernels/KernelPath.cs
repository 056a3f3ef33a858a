namespace StableQuant.Runtime;

/// <summary>The instruction sets that kernels are made for.</summary>
public enum KernelPath
{
    /// <summary>Plain C#, on any processor.</summary>
    Scalar,

    /// <summary>x64 with AVX2 and FMA.</summary>
    Avx2,

    /// <summary>x64 with AVX-512 F and BW.</summary>
    Avx512,

    /// <summary>
    /// x64 with AVX512-VNNI: products by a machine-code micro-kernel (<see cref="Avx512VnniTiles"/>), all else as
    /// <see cref="Avx512"/>, or as <see cref="Avx2"/> in a build without AVX-512.
    /// </summary>
    Avx512Vnni,

    /// <summary>x64 with AVX-VNNI.</summary>
    AvxVnni,

    /// <summary>Arm64 with the dot product extension.</summary>
    ArmDp,
}

/// <summary>Chooses the kernels, once, when the program starts.</summary>
public static class KernelPaths
{
    /// <summary>
    /// The environment variable that forces a path, for tests: <c>scalar</c>, <c>avx2</c>, <c>avx512</c>, <c>avx512vnni</c>,
    /// <c>avxvnni</c> or <c>armdp</c> (which runs emulated where the processor is no Arm).
    /// </summary>
    public const string Variable = "STABLEQUANT_KERNELS";

    private static readonly Lazy<KernelPath> Choice = new(() => Choose(Environment.GetEnvironmentVariable(Variable)));

    [ThreadStatic]
    private static KernelPath? onThisThread;

    /// <summary>For tests: the path that this thread uses in place of the chosen one; null for the chosen one.</summary>
    internal static KernelPath? OnThisThread
    {
        get => onThisThread;
        set => onThisThread = value;
    }

    /// <summary>The path in use.</summary>
    /// <exception cref="PlatformNotSupportedException">The environment variable names a path that this processor, or this build, cannot run.</exception>
    public static KernelPath Current => onThisThread ?? Choice.Value;

    /// <summary>The path whose lanes are in use: that in use itself, but for <see cref="KernelPath.Avx512Vnni"/>, which borrows another's.</summary>
    public static KernelPath Lanes => Current != KernelPath.Avx512Vnni ? Current : Avx512Path.IsSupported ? KernelPath.Avx512 : KernelPath.Avx2;

    /// <summary>The path's name, as <see cref="ISpeechModel.Kernels"/> shows it.</summary>
    public static string Name(KernelPath path) => path switch
    {
        KernelPath.Scalar => "scalar",
        KernelPath.Avx2 => "avx2",
        KernelPath.Avx512 => "avx512",
        KernelPath.Avx512Vnni => "avx512vnni",
        KernelPath.AvxVnni => "avxvnni",
        KernelPath.ArmDp => "armdp",
        _ => throw new ArgumentOutOfRangeException(nameof(path)),
    };

    /// <summary>Whether this processor, and this build, run the path natively.</summary>
    public static bool IsSupported(KernelPath path) => path switch
    {
        KernelPath.Scalar => true,
        KernelPath.Avx2 => Avx2Path.IsSupported,
        KernelPath.Avx512 => Avx512Path.IsSupported,
        KernelPath.Avx512Vnni => Avx512VnniTiles.IsSupported && Avx2Path.IsSupported,
        KernelPath.AvxVnni => AvxVnniPath.IsSupported,
        KernelPath.ArmDp => ArmDpPath.IsSupported,
        _ => false,
    };

    private static KernelPath Choose(string? forced)
    {
        if (string.IsNullOrEmpty(forced))
        {
            return IsSupported(KernelPath.Avx512Vnni) ? KernelPath.Avx512Vnni
                : AvxVnniPath.IsSupported ? KernelPath.AvxVnni
                : Avx512Path.IsSupported ? KernelPath.Avx512
                : Avx2Path.IsSupported ? KernelPath.Avx2
                : ArmDpPath.IsSupported ? KernelPath.ArmDp
                : KernelPath.Scalar;
        }

        foreach (KernelPath path in Enum.GetValues<KernelPath>())
        {
            if (string.Equals(Name(path), forced, StringComparison.OrdinalIgnoreCase))
            {
                return path == KernelPath.ArmDp || IsSupported(path)
                    ? path
                    : throw new PlatformNotSupportedException(
                        $"{Variable}={forced}: this processor, or this build, cannot run these kernels; unset the variable to let the program choose.");
            }
        }

        throw new PlatformNotSupportedException(
            $"{Variable}={forced}: no such kernels; use scalar, avx2, avx512, avx512vnni, avxvnni or armdp, or unset the variable.");
    }
}
