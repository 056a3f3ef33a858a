using StableQuant.Kernels;
using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Package.Tests.Consume;

/// <summary>A program from <c>dotnet new console</c>: one package, one line for the model, three lines of C#; under the JIT, and as native code.</summary>
[Collection(SharedPackages.Name)]
public sealed class BlankProgramTests(Packages packages, BlankProgramTests.Program blank) : IClassFixture<BlankProgramTests.Program>
{
    [Fact]
    public void One_package_and_one_model_make_it_transcribe()
    {
        string project = blank.Write(packages, "net10.0");
        packages.Succeeds(project, "run", "-c", "Release", "--", Recording).ShouldBe(Words + Environment.NewLine);
    }

    [OnLinuxX64Theory]
    [OnInstructionSet(InstructionSet.Avx2, "net10.0", "")]
    [OnInstructionSet(InstructionSet.Avx512, "net10.0", "avx512")]
    [OnInstructionSet(InstructionSet.Avx512, "net10.0", "native")]
    [OnInstructionSet(InstructionSet.Scalar, "net10.0", "none")]
    [OnInstructionSet(InstructionSet.Avx2, "net9.0", "avx2")]
    [OnInstructionSet(InstructionSet.Avx512, "net9.0", "avx512")]
    [OnInstructionSet(InstructionSet.Avx512, "net9.0", "native")]
    [OnInstructionSet(InstructionSet.Scalar, "net9.0", "none")]
    public void Native_code_runs_the_kernels_of_its_instruction_set_and_none_that_are_wider(InstructionSet widest, string framework, string set)
    {
        string project = blank.Write(packages, framework);
        string folder = packages.PathOf($"{project}-{set}");
        (string log, int built) = packages.Dotnet(project, "publish", "-o", folder, "-v:q", $"-p:StableQuantInstructionSet={set}");
        built.ShouldBe(0, log);
        log.Contains("warning", StringComparison.Ordinal).ShouldBe(set == "none", log);
        foreach (InstructionSet path in new[] { InstructionSet.Scalar, InstructionSet.Avx2, InstructionSet.Avx512 })
        {
            (string output, string errors, int status) = Shell.Run(
                folder, new Dictionary<string, string?> { [InstructionSets.Variable] = InstructionSets.Name(path) }, Path.Combine(folder, "Blank"), Recording);
            (output, status == 0).ShouldBe(path <= widest ? (Words + "\n", true) : ("", false), InstructionSets.Name(path) + ": " + errors);
        }
    }

    private static string Recording => Path.Combine(AppContext.BaseDirectory, "Recordings", Recordings.All[0].Name);

    private static string Words
    {
        get
        {
            using var model = new Commands();
            return Recordings.Transcribe(model, Recordings.All[0].Pcm);
        }
    }

    /// <summary>The program, written once for a framework.</summary>
    public sealed class Program
    {
        private readonly HashSet<string> written = [];

        /// <summary>Returns its project's folder.</summary>
        public string Write(Packages packages, string framework)
        {
            string folder = "Blank-" + framework;
            if (!written.Add(folder))
            {
                return folder;
            }

            packages.Succeeds(".", "new", "console", "--no-restore", "-n", "Blank", "-o", folder);
            packages.CopyModel(folder);
            string project = packages.PathOf($"{folder}/Blank.csproj");
            File.WriteAllText(project, File.ReadAllText(project).Replace("net10.0", framework, StringComparison.Ordinal).Replace(
                "</Project>",
                """
                  <PropertyGroup>
                    <PublishAot>true</PublishAot>
                  </PropertyGroup>
                  <ItemGroup>
                    <PackageReference Include="StableQuant.Compiler" Version="*-*" />
                    <AdditionalFiles Include="commands.sqmodel" />
                  </ItemGroup>
                </Project>
                """,
                StringComparison.Ordinal));
            packages.Write($"{folder}/Program.cs", """
                using var asr = new Blank.Commands(maxSeconds: 10);
                Span<char> text = new char[1000];
                Console.WriteLine(text[..asr.Transcribe(StableQuant.Audio.AudioFile.Load16k(args[0]), text)].ToString());
                """);
            return folder;
        }
    }
}
