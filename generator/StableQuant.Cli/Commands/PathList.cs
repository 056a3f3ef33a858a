using StableQuant.Calibration;

namespace StableQuant.Cli.Commands;

/// <summary>Paths from a file or from standard input, one a line; empty lines are passed over.</summary>
/// <param name="name">The file; <c>-</c> for standard input.</param>
internal sealed class PathList(string name)
{
    private const string StandardInput = "-";

    /// <summary>Opens a list.</summary>
    /// <exception cref="StableQuantException">There is no such file.</exception>
    public static PathList Open(string name) => name == StandardInput || File.Exists(name)
        ? new PathList(name)
        : throw new StableQuantException($"{name}: there is no such list of files.");

    /// <summary>The paths, each when its line has been read: who writes the list decides when it ends.</summary>
    public IEnumerable<string> Paths()
    {
        using TextReader reader = name == StandardInput ? Console.In : new StreamReader(name);
        while (reader.ReadLine() is { } line)
        {
            if (line.AsSpan().Trim().Length > 0)
            {
                yield return line;
            }
        }
    }
}
