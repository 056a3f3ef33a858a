using System.ComponentModel;
using StableQuant.Kernels.Gemm;

namespace StableQuant.Kernels;

/// <summary>The instruction sets that kernels are made for.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public enum InstructionSet
{
    /// <summary>Plain C#, on any processor.</summary>
    Scalar,

    /// <summary>x64 with AVX2 and FMA.</summary>
    Avx2,

    /// <summary>x64 with AVX-512 F and BW.</summary>
    Avx512,

    /// <summary>
    /// x64 with AVX512-VNNI: products by a machine-code micro-kernel (<see cref="Gemm.Avx512VnniMicroKernel"/>), all else as
    /// <see cref="Avx512"/>, or as <see cref="Avx2"/> in a build without AVX-512.
    /// </summary>
    Avx512Vnni,

    /// <summary>x64 with AVX-VNNI.</summary>
    AvxVnni,

    /// <summary>Arm64 with the dot product extension.</summary>
    ArmDp,

    /// <summary>x64 with AMX-INT8: products by a machine-code micro-kernel (<see cref="Gemm.AmxMicroKernel"/>), all else as <see cref="Avx512Vnni"/>.</summary>
    Amx,

    /// <summary>Vectors of 128 bits on any processor that has them: WebAssembly, x64 without AVX2.</summary>
    Vector128,

    /// <summary>Arm64 with I8MM: products by a machine-code micro-kernel (<see cref="Gemm.ArmI8mmMicroKernel"/>), all else as <see cref="ArmDp"/>.</summary>
    ArmI8mm,

    /// <summary>Any Arm64: products by a micro-kernel without the dot product, all else as <see cref="ArmDp"/>.</summary>
    Neon,
}
