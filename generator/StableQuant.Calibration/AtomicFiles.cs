namespace StableQuant.Calibration;

/// <summary>
/// Files that appear complete and together, or not at all: each is written beside its place under another name, and
/// <see cref="Commit"/> renames them. Without it they are deleted.
/// </summary>
public sealed class AtomicFiles : IDisposable
{
    private readonly List<(string Partial, string Path)> files = [];

    /// <summary>The path to write to for a file that shall appear at <paramref name="path"/>. Missing folders are made.</summary>
    /// <exception cref="StableQuantException">No file can be written there.</exception>
    public string Add(string path)
    {
        (string full, string folder) = Place(path);
        string partial = Path.Combine(folder, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.partial");
        try
        {
            Directory.CreateDirectory(folder);
            File.Create(partial).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }

        files.Add((partial, full));
        return partial;
    }

    /// <summary>
    /// Checks that a file could be written, before the work whose result it shall hold. Nothing is left behind, not even
    /// a folder.
    /// </summary>
    /// <exception cref="StableQuantException">No file can be written there.</exception>
    public static void Check(string path)
    {
        (_, string folder) = Place(path);
        string existing = folder;
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is string parent)
        {
            existing = parent;
        }

        try
        {
            string probe = Path.Combine(existing, $".{Path.GetRandomFileName()}.partial");
            File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }
    }

    /// <summary>Puts the files, all of which have been written, into their places; what was there is replaced.</summary>
    public void Commit()
    {
        foreach ((string partial, string path) in files)
        {
            File.Move(partial, path, overwrite: true);
        }

        files.Clear();
    }

    // What would keep a file from its place is found before any file is in its own.
    private static (string Full, string Folder) Place(string path)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? throw new StableQuantException($"{path}: not a path of a file.");
        if (Directory.Exists(full))
        {
            throw new StableQuantException($"{path}: is a folder; name a file in it.");
        }

        for (string? parent = folder; parent is not null; parent = Path.GetDirectoryName(parent))
        {
            if (File.Exists(parent))
            {
                throw new StableQuantException($"{path}: cannot be written, as {parent} is a file, not a folder; name another place.");
            }
        }

        return (full, folder);
    }

    private static StableQuantException Unwritable(string path, Exception e) =>
        new($"{path}: cannot be written there; name another place or change its permissions: {e.Message}", e);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((string partial, _) in files)
        {
            File.Delete(partial);
        }

        files.Clear();
    }
}
