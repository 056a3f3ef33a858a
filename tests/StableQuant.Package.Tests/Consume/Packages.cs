namespace StableQuant.Package.Tests.Consume;

/// <summary>
/// The packages, made once a run by build/pack.sh, and a folder outside of the repository for projects that use them.
/// Their version is these sources' own and the packages folder is this run's: no package of another time can pass for them.
/// </summary>
public sealed class Packages : IDisposable
{
    private const string NuGetConfig = """
        <configuration>
          <packageSources>
            <add key="packed" value="feed" />
          </packageSources>
          <fallbackPackageFolders>
            <add key="machine" value="%STABLEQUANT_MACHINE_PACKAGES%" />
          </fallbackPackageFolders>
        </configuration>
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("stablequant-packages-").FullName;
    private readonly Dictionary<string, string?> environment;

    public Packages()
    {
        // What other packages the machine has already is used where it lies.
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        environment = new()
        {
            ["STABLEQUANT_MACHINE_PACKAGES"] = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(home, ".nuget", "packages"),
            ["NUGET_PACKAGES"] = Path.Combine(folder, "packages"),
        };
        (string output, string errors, int status) = Shell.Run(
            Repository.Root, new Dictionary<string, string?>(), "bash", Repository.File("build/pack.sh"), Feed);
        status.ShouldBe(0, output + errors);
        const string Id = "StableQuant.Cli.";
        Version = Path.GetFileNameWithoutExtension(Directory.GetFiles(Feed, Id + "*.nupkg").Single())[Id.Length..];
        Write("NuGet.config", NuGetConfig);

        // Projects here are no part of what lies above.
        Write("Directory.Build.props", "<Project />");
        Write("Directory.Build.targets", "<Project />");
        Write("Directory.Packages.props", "<Project />");
    }

    /// <summary>Their version.</summary>
    public string Version { get; }

    /// <summary>Where the packages are.</summary>
    public string Feed => Path.Combine(folder, "feed");

    public string PathOf(string path) => Path.Combine(folder, path);

    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllText(PathOf(path), text);
    }

    /// <summary>Copies the sample's model, under another name if that is said.</summary>
    public void CopyModel(string project, string name = "commands")
    {
        Directory.CreateDirectory(PathOf(project));
        foreach (string ending in new[] { ".sqmodel", ".sqweights" })
        {
            File.Copy(Repository.File("samples/VoiceCommands/Models/commands" + ending), PathOf(Path.Combine(project, name + ending)));
        }
    }

    /// <summary>Runs <c>dotnet</c> in a folder here.</summary>
    public (string Output, int Status) Dotnet(string project, params string[] arguments)
    {
        (string output, string errors, int status) = Shell.Run(PathOf(project), environment, "dotnet", arguments);
        return (output + errors, status);
    }

    /// <summary>Runs <c>dotnet</c> in a folder here; it succeeds, without a warning.</summary>
    public string Succeeds(string project, params string[] arguments)
    {
        (string output, int status) = Dotnet(project, arguments);
        status.ShouldBe(0, output);
        output.Replace("0 Warning(s)", "", StringComparison.Ordinal).ShouldNotContain("warning");
        return output;
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}

/// <summary>Tests that share the packages; one after another, because their builds fill the machine.</summary>
[CollectionDefinition(Name)]
public sealed class SharedPackages : ICollectionFixture<Packages>
{
    public const string Name = "Packages";
}
