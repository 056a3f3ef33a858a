using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StableQuant.FrontEnd;

/// <summary>Samples have to be finite numbers.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class FiniteSamples
{
    /// <summary>Takes a copy of samples.</summary>
    /// <param name="pcm">The samples.</param>
    /// <param name="memory">Receives as many.</param>
    /// <exception cref="ArgumentException">A sample is NaN or infinite.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(ReadOnlySpan<float> pcm, float* memory)
    {
        // Zero times what is not finite is not zero.
        Vector128<float> odd = default;
        float rest = 0;
        int whole = pcm.Length & ~3;
        for (int i = 0; i < whole; i += 4)
        {
            var x = Vector128.Create(pcm[i..]);
            odd += x * Vector128<float>.Zero;
            x.Store(memory + i);
        }

        for (int i = whole; i < pcm.Length; i++)
        {
            rest += pcm[i] * 0;
            memory[i] = pcm[i];
        }

        if (Vector128.Sum(odd) + rest != 0)
        {
            throw Error(pcm);
        }
    }

    /// <summary>The error that names the first sample that is not finite.</summary>
    internal static ArgumentException Error(ReadOnlySpan<float> pcm)
    {
        // The last one, should another thread have changed them meanwhile.
        int i = 0;
        while (i < pcm.Length - 1 && float.IsFinite(pcm[i]))
        {
            i++;
        }

        return new ArgumentException($"Sample {i} is {pcm[i]}; samples must be finite numbers.", nameof(pcm));
    }
}
