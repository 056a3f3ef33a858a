using System.IO.MemoryMappedFiles;
using System.Reflection;
using System.Runtime.InteropServices;

namespace StableQuant.Runtime;

/// <summary>The constant weights of a model, checked; they stay in memory as long as the program.</summary>
public sealed unsafe class WeightsBlob
{
    private WeightsBlob(byte* pointer) => Pointer = pointer;

    /// <summary>The first byte, aligned as the kernels in use want it.</summary>
    public byte* Pointer { get; }

    // x64 reads from anywhere. Kernels of 64-byte vectors have loads to spare, so that it does not matter that they cross
    // cache lines; those of 32 bytes load as often as they multiply.
    private static nuint Alignment => KernelPaths.Current is KernelPath.Avx512 or KernelPath.Avx512Vnni ? 1u : 32u;

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
        CheckLength(name, stream.Length, bytes);
        return Checked(name, Aligned(stream, bytes), bytes, sha256);
    }

    /// <summary>
    /// Maps the weights from a file beside the program, read-only: they are not copied, and processes share them. Checks
    /// that they are the ones the model was compiled for.
    /// </summary>
    /// <param name="name">The file's name.</param>
    /// <param name="bytes">The expected length.</param>
    /// <param name="sha256">The expected SHA-256, in lower-case hexadecimal.</param>
    /// <exception cref="InvalidDataException">The file is missing, or its length or hash differs.</exception>
    public static WeightsBlob FromFile(string name, long bytes, string sha256)
    {
        string path = Path.Combine(AppContext.BaseDirectory, name);
        if (!File.Exists(path))
        {
            throw new InvalidDataException($"{path}: the weights are missing. The build puts the file beside the program; ship it with it.");
        }

        CheckLength(path, new FileInfo(path).Length, bytes);
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        MemoryMappedViewAccessor view = file.CreateViewAccessor(0, bytes, MemoryMappedFileAccess.Read);

        // Never released: the view stays as long as the program.
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        return Checked(path, pointer, bytes, sha256);
    }

    private static void CheckLength(string name, long actual, long expected)
    {
        if (actual != expected)
        {
            throw new InvalidDataException(
                $"{name}: {actual} bytes, but the model was compiled for weights of {expected} bytes. The file belongs to another .sqmodel or is cut off; calibrate again or restore it.");
        }
    }

    private static WeightsBlob Checked(string name, byte* pointer, long bytes, string sha256)
    {
        string actual = Sha256.HashHex(new ReadOnlySpan<byte>(pointer, checked((int)bytes)));
        return actual == sha256 ? new WeightsBlob(pointer) : throw new InvalidDataException(
            $"{name}: SHA-256 is {actual}, but the model was compiled for {sha256}. The file belongs to another .sqmodel or is damaged; calibrate again or restore it.");
    }

    // A resource is mapped with its assembly, where the linker put it. It is used in place, or else copied once.
    private static byte* Aligned(Stream stream, long bytes)
    {
        if (stream is UnmanagedMemoryStream mapped && (nuint)mapped.PositionPointer % Alignment == 0)
        {
            return mapped.PositionPointer;
        }

        byte* copy = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        stream.ReadExactly(new Span<byte>(copy, checked((int)bytes)));
        return copy;
    }
}
