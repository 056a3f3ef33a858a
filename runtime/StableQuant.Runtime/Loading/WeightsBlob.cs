using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StableQuant.Runtime;

/// <summary>The constant weights of a model, checked and aligned to 64 bytes; they stay in memory as long as the program.</summary>
public sealed unsafe class WeightsBlob
{
    private const int Alignment = 64;

    private WeightsBlob(byte* pointer) => Pointer = pointer;

    /// <summary>The first byte; a multiple of 64.</summary>
    public byte* Pointer { get; }

    /// <summary>Finds the weights among an assembly's resources and checks that they are the ones the model was compiled for.</summary>
    /// <param name="assembly">The assembly that the model was compiled into.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="bytes">The expected length.</param>
    /// <param name="sha256">The expected SHA-256, in lower-case hexadecimal.</param>
    /// <exception cref="InvalidDataException">The resource is missing, or its length or hash differs.</exception>
    public static WeightsBlob FromResource(Assembly assembly, string name, long bytes, string sha256)
    {
        using Stream stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidDataException(
            $"{name}: the weights are not in {assembly.GetName().Name}. Put the file beside its .sqmodel, so that the build embeds it.");
        if (stream.Length != bytes)
        {
            throw new InvalidDataException(
                $"{name}: {stream.Length} bytes, but the model was compiled for weights of {bytes} bytes. The file belongs to another .sqmodel or is cut off; calibrate again or restore it.");
        }

        byte* pointer = Aligned(stream, bytes);
        string actual = Sha256.HashHex(new ReadOnlySpan<byte>(pointer, checked((int)bytes)));
        return actual == sha256 ? new WeightsBlob(pointer) : throw new InvalidDataException(
            $"{name}: SHA-256 is {actual}, but the model was compiled for {sha256}. The file belongs to another .sqmodel or is damaged; calibrate again or restore it.");
    }

    // A resource is mapped with its assembly. Where it happens to be aligned it is used in place, else copied once.
    private static byte* Aligned(Stream stream, long bytes)
    {
        if (stream is UnmanagedMemoryStream mapped && (nuint)mapped.PositionPointer % Alignment == 0)
        {
            return mapped.PositionPointer;
        }

        byte* copy = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        stream.ReadExactly(new Span<byte>(copy, checked((int)bytes)));
        return copy;
    }
}
