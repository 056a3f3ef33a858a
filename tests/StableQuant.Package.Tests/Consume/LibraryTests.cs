using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Package.Tests.Consume;

/// <summary>
/// A library with three models, one of them with its weights in a file, one that mounts whatever weights have its shape, and a program that has the package only through
/// the library and a model of its own: published trimmed into one file, and as native code.
/// </summary>
[Collection(SharedPackages.Name)]
public sealed class LibraryTests(Packages packages, LibraryTests.Solution solution) : IClassFixture<LibraryTests.Solution>
{
    [OnLinuxX64Theory]
    [InlineData("net10.0")]
    [InlineData("net9.0")]
    public void Every_model_transcribes_and_the_file_is_mapped(string framework)
    {
        string program = solution.Publish(packages, framework);
        Directory.GetFiles(Path.GetDirectoryName(program)!).Select(Path.GetFileName).Where(name => Path.GetExtension(name) is not (".dbg" or ".pdb"))
            .ShouldBe(["App", "shared.sqweights", "spoken.sqweights"], ignoreOrder: true);

        (string name, float[] pcm) = Recordings.All[0];
        using var model = new Commands();
        string text = Recordings.Transcribe(model, pcm);
        (string output, string errors, int status) = Run(program, name);
        (status, errors).ShouldBe((0, ""));
        string[] lines = output.Split('\n');
        lines[..5].ShouldBe(["embedded " + text, "file " + text, "own " + text, "seconds 2.5", "pages r--s"]);

        // Without a word, native code is made for AVX2, and looks for what is more where it can: not always what the JIT takes.
        (framework == "net10.0" ? lines[5] == "kernels " + model.Kernels : (lines[5] == "kernels scalar") == (model.Kernels == "scalar")).ShouldBeTrue(lines[5]);
    }

    [OnLinuxX64Fact]
    public void The_program_says_which_weights_are_missing_or_wrong()
    {
        string program = solution.Publish(packages, "net10.0");
        string weights = Path.Combine(Path.GetDirectoryName(program)!, "spoken.sqweights");
        byte[] bytes = File.ReadAllBytes(weights);
        try
        {
            File.Delete(weights);
            Run(program, Recordings.All[0].Name).Errors.ShouldContain($"{weights}: the weights are missing.");
            bytes[^1] ^= 1;
            File.WriteAllBytes(weights, bytes);
            Run(program, Recordings.All[0].Name).Errors.ShouldContain($"{weights}: SHA-256 is ");
        }
        finally
        {
            bytes[^1] ^= 1;
            File.WriteAllBytes(weights, bytes);
        }
    }

    [OnLinuxX64Fact]
    public void Weights_that_are_written_while_the_program_runs_are_refused_at_the_next_call()
    {
        string program = solution.Publish(packages, "net10.0");
        string weights = Path.Combine(Path.GetDirectoryName(program)!, "spoken.sqweights");
        (_, string errors, int status) = Run(program, Recordings.All[0].Name, weights);
        status.ShouldNotBe(0);
        errors.ShouldContain($"InvalidDataException: {weights}: the weights have changed while the program uses them");
    }

    [OnLinuxX64Theory]
    [InlineData("net10.0")]
    [InlineData("net9.0")]
    public void Weights_of_the_shape_are_mounted_and_all_others_refused(string framework)
    {
        string program = solution.Publish(packages, framework);
        (string name, float[] pcm) = Recordings.All[0];
        (string output, _, _) = Run(program, name);
        string shape = output.Split('\n').Single(line => line.StartsWith("shape ", StringComparison.Ordinal))[6..];
        string file = packages.PathOf("mounted.sqweights");
        File.WriteAllBytes(file, MountableFile.Of(packages.PathOf("Library/shared.sqmodel"), shape));
        (output, string errors, int status) = Run(program, name, "mount", file);
        (status, errors).ShouldBe((0, ""));
        using var model = new Commands();
        output.ShouldContain("mounted " + Recordings.Transcribe(model, pcm));

        File.WriteAllBytes(file, MountableFile.Of(packages.PathOf("Library/shared.sqmodel"), new string('a', 64)));
        Run(program, name, "mount", file).Errors.ShouldContain($"{file}: its shape is {new string('a', 64)}, but Shared was compiled for {shape}.");
        string unsealed = packages.PathOf("Library/shared.sqweights");
        Run(program, name, "mount", unsealed).Errors.ShouldContain($"{unsealed}: does not say what its shape is");
    }

    private static (string Output, string Errors, int Status) Run(string program, string recording, params string[] written) =>
        Shell.Run(AppContext.BaseDirectory, new Dictionary<string, string?>(), program, [Path.Combine(AppContext.BaseDirectory, "Recordings", recording), .. written]);

    /// <summary>The library and the program; each form of it is published once.</summary>
    public sealed class Solution
    {
        private readonly Dictionary<string, string> published = [];

        public string Publish(Packages packages, string framework)
        {
            if (published.Count == 0)
            {
                Write(packages);
            }

            if (!published.TryGetValue(framework, out string? program))
            {
                packages.Succeeds("App", "publish", "-c", "Release", "-f", framework, "-o", packages.PathOf(framework), "-v:q");
                published[framework] = program = Path.Combine(packages.PathOf(framework), "App");
            }

            return program;
        }

        private static void Write(Packages packages)
        {
            packages.CopyModel("Library");
            packages.CopyModel("Library", "spoken");
            packages.CopyModel("Library", "shared");
            packages.Write("Library/Library.csproj", $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <TargetFrameworks>net10.0;net9.0</TargetFrameworks>
                    <Nullable>enable</Nullable>
                    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                    <GenerateDocumentationFile>true</GenerateDocumentationFile>
                    <IsAotCompatible>true</IsAotCompatible>
                  </PropertyGroup>
                  <ItemGroup>
                    <PackageReference Include="StableQuant.Compiler" Version="{packages.Version}" />
                    <AdditionalFiles Include="commands.sqmodel" />
                    <AdditionalFiles Include="spoken.sqmodel" StableQuantWeights="file" StableQuantClass="Ears" StableQuantNamespace="Speech" StableQuantMaxSeconds="2.5" />
                    <AdditionalFiles Include="shared.sqmodel" StableQuantWeights="mount" StableQuantNamespace="Speech" />
                  </ItemGroup>
                </Project>
                """);
            packages.Write("Library/Orders.cs", """
                /// <summary>A model that a class asks for.</summary>
                [StableQuant.StableQuantModel("commands.sqmodel")]
                public sealed partial class Orders;
                """);
            packages.Write("App/App.csproj", """
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFrameworks>net10.0;net9.0</TargetFrameworks>
                    <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
                    <Nullable>enable</Nullable>
                    <ImplicitUsings>enable</ImplicitUsings>
                    <InvariantGlobalization>true</InvariantGlobalization>
                    <PublishReferencesDocumentationFiles>false</PublishReferencesDocumentationFiles>
                  </PropertyGroup>
                  <PropertyGroup Condition="'$(TargetFramework)' == 'net10.0'">
                    <PublishTrimmed>true</PublishTrimmed>
                    <PublishSingleFile>true</PublishSingleFile>
                  </PropertyGroup>
                  <PropertyGroup Condition="'$(TargetFramework)' == 'net9.0'">
                    <PublishAot>true</PublishAot>
                  </PropertyGroup>
                  <ItemGroup>
                    <ProjectReference Include="../Library/Library.csproj" />
                    <AdditionalFiles Include="own.sqmodel" />
                  </ItemGroup>
                </Project>
                """);
            packages.CopyModel("App", "own");
            packages.Write("App/Program.cs", """
                using System.Globalization;
                using StableQuant;
                using StableQuant.Audio;

                float[] pcm = AudioFile.Load16k(args[0]);
                using var embedded = new Orders();
                using var file = new Speech.Ears();
                using var own = new App.Own();
                Console.WriteLine($"embedded {Transcribe(embedded)}");
                Console.WriteLine($"file {Transcribe(file)}");
                Console.WriteLine($"own {Transcribe(own)}");
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seconds {file.MaxSamples / 16000.0}"));
                Console.WriteLine($"pages {string.Join(',', File.ReadLines("/proc/self/maps").Where(line => line.EndsWith("spoken.sqweights")).Select(line => line.Split(' ')[1]))}");
                Console.WriteLine($"kernels {file.Kernels}");
                Console.WriteLine($"shape {Speech.Shared.Shape}");
                if (args is [_, "mount", var mounted])
                {
                    using var shared = new Speech.Shared(SpeechWeights.Open(mounted));
                    Console.WriteLine($"mounted {Transcribe(shared)}");
                    return;
                }

                foreach (string written in args[1..])
                {
                    File.SetLastWriteTimeUtc(written, File.GetLastWriteTimeUtc(written).AddHours(1));
                    Transcribe(file);
                }

                string Transcribe(ISpeechModel model)
                {
                    var text = new char[model.MaxTextLength(pcm.Length)];
                    return new string(text, 0, model.Transcribe(pcm, text));
                }
                """);
        }
    }
}
