using System.ComponentModel;
using System.Reflection;
using System.Runtime.InteropServices;
using StableQuant.Kernels;

namespace StableQuant.Weights;

/// <summary>The constant weights of a model, checked; they stay in memory as long as the program.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed unsafe class WeightsBlob
{
    private readonly byte* pointer;
    private readonly MappedFile? file;

    private WeightsBlob(byte* pointer, byte* expanded, MappedFile? file)
    {
        this.pointer = pointer;
        Expanded = expanded;
        this.file = file;
    }

    /// <summary>The first byte of weights that were expanded, see <see cref="IndexContent"/>; null where there are none.</summary>
    public byte* Expanded { get; }

    /// <summary>The first byte, aligned as the kernels in use want it.</summary>
    /// <exception cref="InvalidDataException">The file that they are mapped from has changed since.</exception>
    public byte* Pointer
    {
        get
        {
            file?.ThrowIfChanged();
            return pointer;
        }
    }

    // x64 reads from anywhere. Kernels of 64-byte vectors have loads to spare, so that it does not matter that they cross
    // cache lines; those of 32 bytes load as often as they multiply, and AMX's tiles, rows of a cache line each, take 2.5 times as long.
    private static nuint Alignment => InstructionSets.Current switch
    {
        InstructionSet.Avx512 or InstructionSet.Avx512Vnni => 1,
        InstructionSet.Amx => 64,
        _ => 32,
    };

    /// <summary>Finds the weights among an assembly's resources and checks that they are the ones the model was compiled for.</summary>
    /// <param name="assembly">The assembly that the model was compiled into.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="bytes">The expected length.</param>
    /// <param name="sha256">The expected SHA-256, in lower-case hexadecimal.</param>
    /// <param name="content">What they must be; all within <paramref name="bytes"/>.</param>
    /// <exception cref="InvalidDataException">The resource is missing, its length or hash differs, or it holds what kernels cannot take.</exception>
    public static WeightsBlob FromResource(Assembly assembly, string name, long bytes, string sha256, WeightsContent content)
    {
        using Stream stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidDataException(
            $"{name}: the weights are not in {assembly.GetName().Name}. Put the file beside its .sqmodel, so that the build embeds it.");
        CheckLength(name, stream.Length, bytes);

        // A resource is mapped with its assembly, where the linker put it. It is used in place, or else copied once.
        if (stream is UnmanagedMemoryStream mapped && (nuint)mapped.PositionPointer % Alignment == 0)
        {
            Check(name, mapped.PositionPointer, bytes, sha256, content);
            return new WeightsBlob(mapped.PositionPointer, WeightsCheck.Expand(name, mapped.PositionPointer, content), null);
        }

        byte* copy = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        try
        {
            stream.ReadExactly(new Span<byte>(copy, checked((int)bytes)));
            Check(name, copy, bytes, sha256, content);
            return new WeightsBlob(copy, WeightsCheck.Expand(name, copy, content), null);
        }
        catch
        {
            NativeMemory.AlignedFree(copy);
            throw;
        }
    }

    /// <summary>
    /// Maps the weights from a file beside the program, read-only: they are not copied, and processes share them. Checks
    /// that they are the ones the model was compiled for. While they are in use the file must stay as it is: a new one takes its place by
    /// being renamed to its name. One that changed nevertheless is found before the next call; one that is cut off during a call ends the
    /// program, as a file that is mapped does.
    /// </summary>
    /// <param name="name">The file's name.</param>
    /// <param name="bytes">The expected length.</param>
    /// <param name="sha256">The expected SHA-256, in lower-case hexadecimal.</param>
    /// <param name="content">What they must be; all within <paramref name="bytes"/>.</param>
    /// <exception cref="InvalidDataException">The file is missing, its length or hash differs, or it holds what kernels cannot take.</exception>
    public static WeightsBlob FromFile(string name, long bytes, string sha256, WeightsContent content)
    {
        string path = Path.Combine(AppContext.BaseDirectory, name);
        MappedFile file = MappedFile.Open(path);
        try
        {
            CheckLength(path, file.Length, bytes);
            byte* pointer = file.Map();
            Check(path, pointer, bytes, sha256, content);
            return new WeightsBlob(pointer, WeightsCheck.Expand(path, pointer, content), file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void CheckLength(string name, long actual, long expected)
    {
        if (actual != expected)
        {
            throw new InvalidDataException(
                $"{name}: {actual} bytes, but the model was compiled for weights of {expected} bytes. The file belongs to another .sqmodel or is cut off; calibrate again or restore it.");
        }
    }

    private static void Check(string name, byte* pointer, long bytes, string sha256, WeightsContent content)
    {
        string actual = Sha256.HashHex(new ReadOnlySpan<byte>(pointer, checked((int)bytes)));
        if (actual != sha256)
        {
            throw new InvalidDataException(
                $"{name}: SHA-256 is {actual}, but the model was compiled for {sha256}. The file belongs to another .sqmodel or is damaged; calibrate again or restore it.");
        }

        WeightsCheck.Run(name, pointer, content);
    }
}
