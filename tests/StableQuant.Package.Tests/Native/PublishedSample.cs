namespace StableQuant.Package.Tests.Native;

/// <summary>The sample, published as one native file into a folder outside of the repository.</summary>
public abstract class PublishedSample : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stablequant-native-").FullName;

    /// <summary>Publishes it.</summary>
    /// <param name="runs">Whether such programs can be made here; where not, the tests that need this one are skipped.</param>
    /// <param name="system">The runtime identifier.</param>
    /// <param name="properties">Arguments for MSBuild.</param>
    protected PublishedSample(bool runs, string system, params string[] properties)
    {
        if (!runs)
        {
            return;
        }

        // Artifacts of its own: a build of the sample for the JIT stays as it is.
        (string output, string errors, int status) = Shell.Run(
            AppContext.BaseDirectory, new Dictionary<string, string?>(),
            "dotnet", ["publish", Repository.File("samples/VoiceCommands"), "-c", "Release", "-r", system, "-o", Path.Combine(folder, "out"),
            "--artifacts-path", Path.Combine(folder, "artifacts"), "-v:q", "-nologo", .. properties]);
        status.ShouldBe(0, output + errors);
        output.ShouldNotContain("warning");
    }

    public string Program => Path.Combine(folder, "out", "VoiceCommands");

    public void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
