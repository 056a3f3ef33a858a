using System.Globalization;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Onnx;

/// <summary>
/// Reads tensors stored outside the model's file. The location is untrusted: it must be relative, stay inside the
/// model's folder once resolved, and pass through no symbolic link unless the caller allowed that.
/// </summary>
internal sealed class ExternalData(string folder, bool allowSymlinks)
{
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
            FileInfo file = new(path);
            file = file.LinkTarget is null ? file : (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
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
        string root = Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar;
        if (!relative || !full.StartsWith(root, StringComparison.Ordinal))
        {
            throw new OperatorException($"its external data '{location}' is no relative path inside the model's folder, so it is not read");
        }

        for (string? step = full; !allowSymlinks && step is not null && step.Length >= root.Length; step = Path.GetDirectoryName(step))
        {
            if (new FileInfo(step).LinkTarget is not null)
            {
                throw new OperatorException($"its external data '{location}' is reached through a symbolic link; copy the file beside the model, or allow symbolic links");
            }
        }

        return full;
    }

    private static long Number(Dictionary<string, string> fields, string name, long missing) =>
        !fields.TryGetValue(name, out string? text) ? missing
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value
        : throw new OperatorException($"says '{text}' for the {name} of its external data; export the model again");
}
