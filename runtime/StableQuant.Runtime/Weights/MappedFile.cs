using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace StableQuant.Weights;

/// <summary>A file mapped into memory, read-only. It is held open, so that what is looked at later is this file, whatever its name stands for then.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly string path;
    private readonly SafeFileHandle handle;
    private readonly DateTime written;
    private MemoryMappedViewAccessor? view;

    private MappedFile(string path, SafeFileHandle handle)
    {
        this.path = path;
        this.handle = handle;
        Length = RandomAccess.GetLength(handle);
        written = File.GetLastWriteTimeUtc(handle);
    }

    /// <summary>Its length when it was opened.</summary>
    public long Length { get; }

    /// <summary>Opens a file; others may read it meanwhile, but where the system can refuse to, not write it.</summary>
    /// <exception cref="InvalidDataException">It is missing, or cannot be read.</exception>
    public static MappedFile Open(string path)
    {
        try
        {
            return new MappedFile(path, File.OpenHandle(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"{path}: the weights are missing. The build puts the file beside the program; ship it with it.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: the weights cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Maps all of it.</summary>
    /// <returns>The first byte; the mapping stays until <see cref="Dispose"/>, or else as long as the program.</returns>
    public byte* Map()
    {
        using MemoryMappedFile file = MemoryMappedFile.CreateFromFile(handle, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        view = file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        return pointer;
    }

    /// <summary>Refuses a file that was written, cut off or extended since it was opened.</summary>
    /// <exception cref="InvalidDataException">It was.</exception>
    public void ThrowIfChanged()
    {
        if (RandomAccess.GetLength(handle) != Length || File.GetLastWriteTimeUtc(handle) != written)
        {
            throw new InvalidDataException($"{path}: the weights have changed while the program uses them; restore the file and start the program anew. A new file takes its place by being renamed to its name.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        view?.SafeMemoryMappedViewHandle.ReleasePointer();
        view?.Dispose();
        handle.Dispose();
    }
}
