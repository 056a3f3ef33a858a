using System.Security.Cryptography;
using System.Text;

namespace StableQuant.Calibration.Compile;

/// <summary>
/// Compiled models in a folder of the user's own, so that a model is compiled once and not before each recording. An entry is named by the
/// hash of all that it depends on, begins with the hash of what follows, and is not used unless that is right. Whatever goes wrong
/// with the folder, the model is compiled, as if there were none.
/// </summary>
/// <param name="folder">The folder; made when the first entry is.</param>
/// <param name="maxBytes">The most that all entries take; the ones that were used longest ago make room.</param>
public sealed class AssemblyCache(string folder, long maxBytes = AssemblyCache.DefaultMaxBytes)
{
    private const long DefaultMaxBytes = 64 << 20;

    private const string Ending = ".sqcache";

    /// <summary>The user's cache: below <c>XDG_CACHE_HOME</c> or what the system has in its place; null where a user has none.</summary>
    public static AssemblyCache? OfUser()
    {
        string folder = OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathRooted(cache)
                ? cache
                : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home
                    ? Path.Combine(home, OperatingSystem.IsMacOS() ? "Library/Caches" : ".cache")
                    : "";
        return folder.Length == 0 ? null : new AssemblyCache(Path.Combine(folder, "stablequant", "compiled"));
    }

    /// <summary>The assembly of a key, or else a new one, which is kept.</summary>
    /// <param name="key">All that the assembly depends on.</param>
    /// <param name="compile">Makes it.</param>
    public byte[] GetOrAdd(string key, Func<byte[]> compile)
    {
        string path = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))) + Ending);
        if (Read(path) is { } known)
        {
            return known;
        }

        byte[] assembly = compile();
        Add(path, assembly);
        return assembly;
    }

    // Null where there is none, or none that is whole.
    private byte[]? Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists || file.Length <= SHA256.HashSizeInBytes || file.Length > maxBytes)
            {
                return null;
            }

            CloseToOthers();
            byte[] entry = File.ReadAllBytes(path);
            byte[] assembly = entry[SHA256.HashSizeInBytes..];
            if (!entry.AsSpan(0, SHA256.HashSizeInBytes).SequenceEqual(Seal(path, assembly)))
            {
                return null;
            }

            // The clock of those that make room.
            file.LastWriteTimeUtc = DateTime.UtcNow;
            return assembly;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Add(string path, byte[] assembly)
    {
        try
        {
            Directory.CreateDirectory(folder);
            CloseToOthers();
            using var files = new AtomicFiles();
            File.WriteAllBytes(files.Add(path), [.. Seal(path, assembly), .. assembly]);
            files.Commit();
            MakeRoom();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StableQuantException)
        {
            // A folder that cannot be written, or a disk that is full: the next run compiles again.
        }
    }

    // An entry under another one's name is none.
    private static byte[] Seal(string path, byte[] assembly)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(path)));
        hash.AppendData(assembly);
        return hash.GetHashAndReset();
    }

    // What is loaded from here is run: nobody else may write to it. The system refuses this to all but the folder's owner.
    private void CloseToOthers()
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    // The files of other processes may go meanwhile, and half-written ones that nobody will finish are the oldest some day.
    private void MakeRoom()
    {
        long bytes = 0;
        foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles().OrderByDescending(file => file.LastWriteTimeUtc).ToList())
        {
            bytes += file.Exists ? file.Length : 0;
            if (bytes > maxBytes)
            {
                file.Delete();
            }
        }
    }
}
