namespace StableQuant.Calibration.Import.Onnx;

/// <summary>Paths without symbolic links.</summary>
internal static class RealPath
{
    private const int MaxLinks = 40;

    /// <summary>Where a path really leads: every link in it is followed, also those of its folders. What is not there stays as it is.</summary>
    /// <param name="path">A full path.</param>
    /// <exception cref="IOException">Links lead in a circle.</exception>
    public static string Of(string path)
    {
        string real = Path.GetPathRoot(path)!;
        var rest = new Stack<string>(Path.GetRelativePath(real, path).Split(Path.DirectorySeparatorChar).Reverse());
        for (int links = 0; rest.TryPop(out string? name);)
        {
            string step = Path.GetFullPath(Path.Combine(real, name));
            if (new FileInfo(step).LinkTarget is not { } target)
            {
                real = step;
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new IOException($"symbolic links lead in a circle at {step}");
            }

            string full = Path.GetFullPath(target, real);
            real = Path.GetPathRoot(full)!;
            foreach (string part in Path.GetRelativePath(real, full).Split(Path.DirectorySeparatorChar).Reverse())
            {
                rest.Push(part);
            }
        }

        return real;
    }

    /// <summary>Whether a full path lies in a folder, or in one of its folders.</summary>
    public static bool IsBelow(string path, string folder) =>
        path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
