namespace StableQuant.Package.Tests.Native;

/// <summary>A program of the repository, published as one native file into a folder outside of it.</summary>
public abstract class PublishedProgram : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stablequant-native-").FullName;
    private readonly string project;
    private readonly string system;

    /// <summary>Publishes it.</summary>
    /// <param name="runs">Whether such programs can be made here; where not, the tests that need this one are skipped.</param>
    /// <param name="project">The project's folder in the repository.</param>
    /// <param name="system">The runtime identifier.</param>
    /// <param name="properties">Arguments for MSBuild.</param>
    protected PublishedProgram(bool runs, string project, string system, params string[] properties)
    {
        this.project = project;
        this.system = system;
        if (runs)
        {
            Program = Publish("out", properties);
        }
    }

    public string Program { get; } = "";

    /// <summary>Publishes it into a folder of that name, and returns its path; what was compiled before is not compiled again.</summary>
    protected string Publish(string name, params string[] properties)
    {
        // Artifacts of its own: a build for the JIT stays as it is. That has analysed the sources already.
        (string output, string errors, int status) = Shell.Run(
            AppContext.BaseDirectory, new Dictionary<string, string?>(),
            "dotnet", ["publish", Repository.File(project), "-c", "Release", "-r", system, "-o", Path.Combine(folder, name),
            "--artifacts-path", Path.Combine(folder, "artifacts"), "-v:q", "-nologo", "-p:RunAnalyzers=false", .. properties]);
        status.ShouldBe(0, output + errors);
        output.ShouldNotContain("warning");
        return Path.Combine(folder, name, Path.GetFileName(project));
    }

    public void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}

/// <summary>A sample.</summary>
public abstract class PublishedSample(bool runs, string sample, string system, params string[] properties) : PublishedProgram(runs, $"samples/{sample}", system, properties);
