using System.Runtime.CompilerServices;

// Tests count what a server holds, and look at the folder where uploads lie.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace StableQuant.Server.Tests;

/// <summary>Where ASP.NET Core keeps uploads that are too large for memory, in this process.</summary>
internal static class Uploads
{
    private static readonly DirectoryInfo Folder = Directory.CreateTempSubdirectory("stablequant-");

    /// <summary>Waits until no file is there: a client that went may be noticed a moment after its answer.</summary>
    public static async Task AreGoneAsync()
    {
        for (int i = 0; i < 300 && Folder.EnumerateFiles().Any(); i++)
        {
            await Task.Delay(100);
        }

        Folder.EnumerateFiles().Select(file => file.Name).ShouldBeEmpty();
    }

    /// <summary>Does something while the folder is not there.</summary>
    public static async Task WithoutFolderAsync(Func<Task> work)
    {
        Folder.Delete();
        try
        {
            await work();
        }
        finally
        {
            Folder.Create();
        }
    }

    [ModuleInitializer]
    internal static void Set()
    {
        Environment.SetEnvironmentVariable("ASPNETCORE_TEMP", Folder.FullName);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Folder.Delete(recursive: true);
    }
}
