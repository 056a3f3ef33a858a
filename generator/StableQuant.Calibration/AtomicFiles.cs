namespace StableQuant.Calibration;

/// <summary>
/// Files that appear complete and together, or not at all: each is written beside its place under another name, and
/// <see cref="Commit"/> renames them. Without it they are deleted.
/// </summary>
public sealed class AtomicFiles : IDisposable
{
    private readonly List<(string Partial, string Path)> files = [];

    /// <summary>The path to write to for a file that shall appear at <paramref name="path"/>. Missing folders are made.</summary>
    public string Add(string path)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? throw new StableQuantException($"{path}: not a path of a file.");
        Directory.CreateDirectory(folder);
        string partial = Path.Combine(folder, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.partial");
        files.Add((partial, full));
        return partial;
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
