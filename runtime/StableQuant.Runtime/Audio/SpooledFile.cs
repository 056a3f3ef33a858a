namespace StableQuant.Audio;

/// <summary>A file that holds what a stream holds and is deleted when it is closed: for what must go back, or needs a path.</summary>
internal sealed class SpooledFile : IDisposable
{
    private SpooledFile(FileStream stream) => Stream = stream;

    /// <summary>The content, from its beginning.</summary>
    public FileStream Stream { get; }

    /// <summary>Writes the rest of a stream to a new file, which only this user may read.</summary>
    public static SpooledFile Of(Stream source, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read | FileShare.Delete,
            Options = FileOptions.DeleteOnClose,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var file = new SpooledFile(new FileStream(Path.Combine(Path.GetTempPath(), "stablequant-" + Path.GetRandomFileName()), options));
        try
        {
            var block = new byte[64 * 1024];
            for (int got; (got = source.Read(block)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                file.Stream.Write(block, 0, got);
            }

            file.Stream.Flush();
            file.Stream.Position = 0;
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => Stream.Dispose();
}
