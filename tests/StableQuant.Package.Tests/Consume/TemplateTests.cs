using System.Diagnostics;

namespace StableQuant.Package.Tests.Consume;

/// <summary><c>dotnet new</c> with the templates' package: what it makes builds with the packages and hears what the library hears.</summary>
[Collection(SharedPackages.Name)]
public sealed class TemplateTests(Packages packages, TemplateTests.Installation installation) : IClassFixture<TemplateTests.Installation>
{
    [Theory]
    [InlineData("Foo")]
    [InlineData("a&b <my-app> 2.x")]
    public void A_program_transcribes_the_recording_that_it_brings(string name)
    {
        installation.New(packages, "stablequant", name);
        string speech = packages.PathOf($"{name}/speech.wav");
        string[] lines = packages.Succeeds(name, "run", "-c", "Release", "--", speech).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        (string? Word, double Start, double End)[] words = [.. Recordings.Words(speech)];
        lines[0].TrimEnd().ShouldBe($"{speech}: {string.Join(' ', words.Select(word => word.Word))}");
        lines[1..].Select(line => line.Split([' ', '%'], StringSplitOptions.RemoveEmptyEntries)).Select(fields => (fields[0], fields[1], fields[^1].TrimEnd()))
            .ShouldBe(words.Select(word => (FormattableString.Invariant($"{word.Start:0.00}"), FormattableString.Invariant($"{word.End:0.00}"), word.Word!)));

        (string output, int status) = packages.Dotnet(name, "run", "-c", "Release", "--no-build", "--", "none.wav");
        status.ShouldBe(1);
        output.TrimEnd().Split('\n').ShouldHaveSingleItem().ShouldContain("none.wav");
    }

    [Fact]
    public async Task A_server_answers()
    {
        const string Name = "my-app.2";
        installation.New(packages, "stablequant-server", Name);
        packages.Succeeds(Name, "build", "-c", "Release", "-v:q");
        string speech = Path.Combine(AppContext.BaseDirectory, "Recordings", Recordings.All[0].Name);
        using ServerProcess server = await ServerProcess.ListeningAsync(Process.Start(
            new ProcessStartInfo("dotnet", [packages.PathOf($"{Name}/bin/Release/net10.0/{Name}.dll"), "--urls=http://127.0.0.1:0"]) { RedirectStandardOutput = true, RedirectStandardError = true })!);
        (await server.WordsAsync(speech)).ShouldBe(Recordings.Words(speech));
    }

    [Fact]
    public void A_server_has_the_name_where_the_sample_has_its_own()
    {
        const string Name = "Acme.Speech-To-Text";
        installation.New(packages, "stablequant-server", Name);
        string[] files = Directory.GetFiles(packages.PathOf(Name), "*", SearchOption.AllDirectories);
        files.ShouldContain(packages.PathOf($"{Name}/{Name}.csproj"));
        string[] texts = [.. files.Where(path => Path.GetExtension(path) is not (".sqmodel" or ".sqweights")).Select(File.ReadAllText)];
        texts.ShouldAllBe(text => !text.Contains("TranscriptionServer", StringComparison.Ordinal) && !text.Contains("transcription-server", StringComparison.Ordinal) && !text.Contains("../", StringComparison.Ordinal));
        texts.ShouldContain(text => text.Contains("namespace Acme.Speech_To_Text.Endpoints;", StringComparison.Ordinal));

        string docker = File.ReadAllText(packages.PathOf($"{Name}/Deploy/Dockerfile"));
        docker.ShouldContain($"COPY [\"{Name}\", \"/server\"]");
        docker.ShouldContain("docker build -f ./Deploy/Dockerfile -t acme-speech-to-text published");
        File.ReadAllText(packages.PathOf($"{Name}/Deploy/kubernetes.yaml")).ShouldContain("image: acme-speech-to-text\n");
    }

    /// <summary>Installs the templates once, into a place of their own.</summary>
    public sealed class Installation
    {
        private bool isInstalled;

        /// <summary>Makes a project in a folder of its name.</summary>
        public void New(Packages packages, string template, string name)
        {
            string hive = packages.PathOf("hive");
            if (!isInstalled)
            {
                isInstalled = true;
                packages.Succeeds(".", "new", "install", $"StableQuant.Templates@{packages.Version}", "--debug:custom-hive", hive);
            }

            packages.Succeeds(".", "new", template, "-n", name, "--debug:custom-hive", hive);
        }
    }
}
