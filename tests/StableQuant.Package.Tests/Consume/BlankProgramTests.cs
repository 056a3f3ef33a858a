namespace StableQuant.Package.Tests.Consume;

/// <summary>A program from <c>dotnet new console</c>: one package, one line for the model, three lines of C#.</summary>
[Collection(SharedPackages.Name)]
public sealed class BlankProgramTests(Packages packages)
{
    [Fact]
    public void One_package_and_one_model_make_it_transcribe()
    {
        packages.CopyModel("Blank");
        packages.Succeeds("Blank", "new", "console", "--no-restore");
        string project = packages.PathOf("Blank/Blank.csproj");
        File.WriteAllText(project, File.ReadAllText(project).Replace(
            "</Project>",
            $"""
              <ItemGroup>
                <PackageReference Include="StableQuant.Compiler" Version="{packages.Version}" />
                <AdditionalFiles Include="commands.sqmodel" />
              </ItemGroup>
            </Project>
            """,
            StringComparison.Ordinal));
        packages.Write("Blank/Program.cs", """
            using var asr = new Blank.Commands(maxSeconds: 10);
            Span<char> text = new char[1000];
            Console.WriteLine(text[..asr.Transcribe(StableQuant.Audio.AudioFile.Load16k(args[0]), text)].ToString());
            """);

        (string name, float[] pcm) = Recordings.All[0];
        using var model = new Commands();
        packages.Succeeds("Blank", "run", "-c", "Release", "--", Path.Combine(AppContext.BaseDirectory, "Recordings", name))
            .ShouldBe(Recordings.Transcribe(model, pcm) + Environment.NewLine);
    }
}
