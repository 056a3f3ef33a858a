using System.Security.Cryptography;

namespace TranscriptionServer.Configuration;

/// <summary>What the server needs of the system it runs on. An image that lacks it is told when it starts, not by its first requests.</summary>
internal static class HostCheck
{
    // Where ASP.NET Core keeps uploads that are too large for memory, in place of the folder for temporary files.
    private const string UploadFolder = "ASPNETCORE_TEMP";

    /// <summary>Takes a random number, and writes a file, which it deletes.</summary>
    /// <exception cref="ConfigurationException">There are no random numbers, or the server cannot write where uploads lie.</exception>
    public static void Run()
    {
        Guid name = RandomName();
        string folder = Environment.GetEnvironmentVariable(UploadFolder) ?? Path.GetTempPath();
        try
        {
            using var probe = new FileStream(Path.Combine(folder, $"{name}.tmp"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            probe.WriteByte(0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"cannot keep large uploads in '{folder}': {e.Message} Make the folder, or name another in {UploadFolder}.");
        }
    }

    // .NET numbers requests with such names.
    private static Guid RandomName()
    {
        try
        {
            return Guid.NewGuid();
        }
        catch (CryptographicException)
        {
            throw new ConfigurationException("the system has no random numbers; is there /dev/urandom?");
        }
    }
}
