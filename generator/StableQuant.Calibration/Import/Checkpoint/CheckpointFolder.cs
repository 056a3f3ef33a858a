using System.Text.Json;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>
/// The files of a Hugging Face folder. A file is read where it lies in the folder itself, or is a link into it or into the blobs of the
/// download cache that the folder belongs to; names from within files are no paths.
/// </summary>
internal sealed class CheckpointFolder
{
    // Of JSON; an index of a model of thousands of tensors has less than 1 MB, a vocabulary with merges less than 20.
    private const long MaxJsonBytes = 64 << 20;

    /// <summary>The file that says what kind of model it is.</summary>
    public const string ConfigFile = "config.json";

    private readonly string real;

    /// <summary>Takes a folder that exists.</summary>
    /// <exception cref="ImportException">There is no such folder.</exception>
    public CheckpointFolder(string path)
    {
        Path = path;
        if (!Directory.Exists(path))
        {
            throw new ImportException(path, null, "there is no such folder");
        }

        real = Real(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)));
    }

    /// <summary>The folder, as it was given.</summary>
    public string Path { get; }

    /// <summary>The folder's own name: of a download cache, the model's.</summary>
    public string Name
    {
        get
        {
            string given = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path));
            string? parent = System.IO.Path.GetDirectoryName(given);
            string? cached = System.IO.Path.GetFileName(parent) == "snapshots" ? System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(parent)) : null;
            return cached?.Split("--")[^1] ?? System.IO.Path.GetFileName(given);
        }
    }

    /// <summary>Whether the folder has a file of that name.</summary>
    public bool Has(string name) => File.Exists(System.IO.Path.Combine(Path, name));

    /// <summary>What stands between two parts of the names of the folder's files, in order.</summary>
    public string[] Languages(string start, string end) =>
    [
        .. Directory.EnumerateFiles(real, $"{start}*{end}").Select(file => System.IO.Path.GetFileName(file)[start.Length..^end.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>The file as messages name it.</summary>
    public string Shown(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The path to open for a file of the folder.</summary>
    /// <exception cref="ImportException">It is none of the folder's files.</exception>
    public string Resolve(string name)
    {
        if (name.Length == 0 || name.AsSpan().IndexOfAny("/\\:\0") >= 0 || name is "." or "..")
        {
            throw new ImportException(Path, null, $"'{name}' is no plain name of a file of this folder, so it is not read");
        }

        string path = System.IO.Path.Combine(real, name);
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new ImportException(Shown(name), null, "there is no such file; download the whole folder");
        }

        if (file.LinkTarget is not null)
        {
            string target = Real(path);
            if (!IsWithin(target, real) && (Blobs() is not { } blobs || !IsWithin(target, blobs)))
            {
                throw new ImportException(Shown(name), null, "is a symbolic link out of the folder and of the download cache that it belongs to; copy the file into the folder");
            }

            file = new FileInfo(path = target);
        }

        // What is no file of bytes, a pipe or a device, has no length either, and could keep the reader waiting for ever.
        return file.Exists && file.Length > 0 ? path : throw new ImportException(Shown(name), null, "is empty or no plain file; download it again");
    }

    /// <summary>Reads a file of JSON whose root is an object.</summary>
    /// <exception cref="ImportException">The file is missing or malformed.</exception>
    public JsonDocument ReadJson(string name)
    {
        string path = Resolve(name);
        if (new FileInfo(path).Length > MaxJsonBytes)
        {
            throw new ImportException(Shown(name), null, $"is larger than {MaxJsonBytes} bytes, so it is not read");
        }

        try
        {
            ReadOnlyMemory<byte> bytes = File.ReadAllBytes(path);
            JsonDocument document = JsonDocument.Parse(bytes.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? bytes[3..] : bytes);
            JsonTexts.Check(document.RootElement);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new ImportException(Shown(name), null, "is no JSON object");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new ImportException(Shown(name), null, $"cannot be read as JSON: {error.Message}", error);
        }
    }

    // snapshots/REVISION/file is a link to ../../blobs/HASH.
    private string? Blobs() => System.IO.Path.GetDirectoryName(real) is { } snapshots && System.IO.Path.GetFileName(snapshots) == "snapshots"
        ? System.IO.Path.Combine(System.IO.Path.GetDirectoryName(snapshots)!, "blobs")
        : null;

    private static bool IsWithin(string path, string folder) => path.StartsWith(folder + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>A path of which no part is a link.</summary>
    private static string Real(string path)
    {
        const int MaxLinks = 64;
        string root = System.IO.Path.GetPathRoot(path)!, done = root;
        Stack<string> open = new(path[root.Length..].Split(System.IO.Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse());
        for (int links = 0; open.TryPop(out string? step);)
        {
            string next = System.IO.Path.GetFullPath(System.IO.Path.Combine(done, step));
            string? target = new FileInfo(next).LinkTarget;
            if (target is null)
            {
                done = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new ImportException(path, null, "is reached through a circle of symbolic links");
            }

            if (System.IO.Path.IsPathRooted(target))
            {
                done = root;
            }

            foreach (string part in target.Split(System.IO.Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                open.Push(part);
            }
        }

        return done;
    }
}
