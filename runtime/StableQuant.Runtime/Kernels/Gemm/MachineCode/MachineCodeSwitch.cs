namespace StableQuant.Kernels.Gemm.MachineCode;

/// <summary>Whether the user lets machine code run: see <see cref="Avx512VnniMicroKernel.Switch"/>.</summary>
internal static class MachineCodeSwitch
{
    /// <summary>Read anew each time; kernels ask once.</summary>
    public static bool IsOn =>
        !(AppContext.TryGetSwitch(Avx512VnniMicroKernel.Switch, out bool disabled) && disabled)
        && Environment.GetEnvironmentVariable(Avx512VnniMicroKernel.Variable) != "0";
}
