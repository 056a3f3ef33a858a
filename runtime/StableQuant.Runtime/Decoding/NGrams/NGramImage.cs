using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace StableQuant.Decoding.NGrams;

/// <summary>The binary form of a model in memory: mapped from its file, or made. It is freed when nothing refers to it any more.</summary>
/// <remarks>Every access is checked, so that a file that is changed while it is mapped leads to a wrong score or an exception, not to other memory.</remarks>
internal sealed unsafe class NGramImage
{
    private readonly MemoryMappedViewAccessor? view;
    private readonly byte* pointer;

    private NGramImage(string name, byte* pointer, long length, MemoryMappedViewAccessor? view)
    {
        this.pointer = pointer;
        this.view = view;
        Layout = NGramLayout.Read(name, new ReadOnlySpan<byte>(pointer, (int)Math.Min(length, NGramLayout.HeaderLength)), length, out ulong checksum);
        Checksum = checksum;
    }

    ~NGramImage()
    {
        if (view is null)
        {
            NativeMemory.Free(pointer);
        }
        else
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    public NGramLayout Layout { get; }

    /// <summary>The checksum that the header tells.</summary>
    public ulong Checksum { get; }

    public ReadOnlySpan<int> WordStarts => new(pointer + NGramLayout.WordStarts, Layout.Words + 1);

    public ReadOnlySpan<int> LastWords => new(pointer + Layout.LastWords, Layout.Nodes);

    public ReadOnlySpan<float> Probabilities => new(pointer + Layout.Probabilities, Layout.Nodes);

    public ReadOnlySpan<int> Suffixes => new(pointer + Layout.Suffixes, Layout.Nodes);

    public ReadOnlySpan<float> BackOffs => new(pointer + Layout.BackOffs, Layout.Inner);

    public ReadOnlySpan<int> FirstChildren => new(pointer + Layout.FirstChildren, Layout.Inner + 1);

    public ReadOnlySpan<byte> Text => new(pointer + Layout.Text, Layout.TextBytes);

    /// <summary>Everything behind the header, from an offset on, as far as a span goes.</summary>
    public ReadOnlySpan<byte> From(long offset) => new(pointer + offset, (int)Math.Min(Layout.Length - offset, 1 << 24));

    /// <summary>Maps a compiled model.</summary>
    /// <exception cref="InvalidDataException">The file is no compiled model.</exception>
    public static NGramImage Map(FileStream file, string name)
    {
        long length = file.Length;
        using MemoryMappedFile mapping = MemoryMappedFile.CreateFromFile(file, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        MemoryMappedViewAccessor view = mapping.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        return new NGramImage(name, pointer, length, view);
    }

    /// <summary>Puts a model that was just compiled into memory.</summary>
    public static NGramImage Of(NGramCompiler compiled, string name)
    {
        long length = compiled.Layout.Length;
        byte* pointer = (byte*)NativeMemory.Alloc((nuint)length);
        using (var stream = new UnmanagedMemoryStream(pointer, length, length, FileAccess.Write))
        {
            compiled.Write(stream);
        }

        return new NGramImage(name, pointer, length, view: null);
    }
}
