using System.Globalization;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Onnx;

/// <summary>
/// Reads tensors stored outside the model's file. The location is untrusted: it must be relative and stay inside the model's folder. Where
/// symbolic links lead out of that, what they lead to must lie in the folder that the model itself really lies in, or in the blobs of its
/// download cache, unless the caller allowed any.
/// </summary>
/// <param name="modelPath">The model's file.</param>
/// <param name="allowSymlinks">Whether symbolic links may lead anywhere.</param>
internal sealed class ExternalData(string modelPath, bool allowSymlinks)
{
    private readonly string folder = Path.GetDirectoryName(Path.GetFullPath(modelPath))!;

    /// <summary>Reads exactly <paramref name="bytes"/> bytes as the entries (location, offset, length) say.</summary>
    public byte[] Read(IEnumerable<StringStringEntryProto> entries, long bytes)
    {
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        foreach (StringStringEntryProto entry in entries)
        {
            fields[entry.Key] = entry.Value;
        }

        string path = Resolve(fields.GetValueOrDefault("location", ""));
        long offset = Number(fields, "offset", 0);
        long length = Number(fields, "length", bytes);
        if (length != bytes)
        {
            throw new OperatorException($"says its external data is {length} bytes long, but its shape asks for {bytes}; export the model again");
        }

        try
        {
            FileInfo file = new(RealPath.Of(path));
            if (!allowSymlinks && !Roots().Any(root => RealPath.IsBelow(file.FullName, root)))
            {
                throw new OperatorException($"its external data '{fields["location"]}' is reached through a symbolic link that leads out of the model's folder; copy the file beside the model, or allow symbolic links (--allow-symlinks)");
            }

            if (!file.Exists)
            {
                throw new OperatorException($"its external data '{fields["location"]}' is missing; put the file beside the model");
            }

            // Compared by subtraction, so that a huge offset cannot overflow.
            if (offset > file.Length || file.Length - offset < length)
            {
                throw new OperatorException($"its external data ends past the end of '{fields["location"]}' (offset {offset}, length {length}, file {file.Length}); copy or export it again");
            }

            using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file.FullName);
            byte[] data = new byte[length];
            for (int read = 0; read < data.Length;)
            {
                int more = RandomAccess.Read(handle, data.AsSpan(read), offset + read);
                read += more > 0 ? more : throw new OperatorException("its external data was cut short while it was read");
            }

            return data;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"its external data cannot be read: {error.Message}");
        }
    }

    private string Resolve(string location)
    {
        // A path of the other operating system is refused, too: a model means the same everywhere.
        string[] segments = location.Split('/', '\\');
        bool relative = location.Length > 0 && !location.Contains('\0') && !location.Contains(':')
            && !Path.IsPathRooted(location) && segments[0].Length > 0 && !segments.Contains("..");
        string full = relative ? Path.GetFullPath(Path.Combine(folder, location)) : "";
        return relative && RealPath.IsBelow(full, folder) ? full
            : throw new OperatorException($"its external data '{location}' is no relative path inside the model's folder, so it is not read");
    }

    // A download cache has models--NAME/snapshots/REVISION/…, links to models--NAME/blobs/HASH.
    private IEnumerable<string> Roots()
    {
        yield return RealPath.Of(folder);
        yield return Path.GetDirectoryName(RealPath.Of(Path.GetFullPath(modelPath)))!;
        for (string? step = folder; step is not null; step = Path.GetDirectoryName(step))
        {
            if (Path.GetFileName(step) == "snapshots")
            {
                yield return RealPath.Of(Path.Combine(Path.GetDirectoryName(step)!, "blobs"));
            }
        }
    }

    private static long Number(Dictionary<string, string> fields, string name, long missing) =>
        !fields.TryGetValue(name, out string? text) ? missing
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value
        : throw new OperatorException($"says '{text}' for the {name} of its external data; export the model again");
}
