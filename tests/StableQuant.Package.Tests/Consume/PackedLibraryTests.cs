namespace StableQuant.Package.Tests.Consume;

/// <summary>A library with a model that is a NuGet package itself, and a program that uses it.</summary>
[Collection(SharedPackages.Name)]
public sealed class PackedLibraryTests(Packages packages)
{
    [Fact]
    public void Embedded_weights_come_with_the_package()
    {
        Write();
        packages.Succeeds("Packed", "pack", "-o", packages.Feed, "-p:Weights=embed", "-v:q");
        packages.Write("User/User.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Packed" Version="1.0.0-test" />
              </ItemGroup>
            </Project>
            """);
        packages.Write("User/Program.cs", """
            using var asr = new Packed.Commands(maxSeconds: 10);
            System.Span<char> text = new char[1000];
            System.Console.WriteLine(text[..asr.Transcribe(StableQuant.Audio.AudioFile.Load16k(args[0]), text)].ToString());
            """);
        (string name, float[] pcm) = Recordings.All[0];
        using var model = new Commands();
        packages.Succeeds("User", "run", "-c", "Release", "--", Path.Combine(AppContext.BaseDirectory, "Recordings", name))
            .ShouldBe(Recordings.Transcribe(model, pcm) + Environment.NewLine);
    }

    [Fact]
    public void Weights_that_are_a_file_are_SQ0097_since_a_package_would_not_bring_them()
    {
        Write();
        (string output, int status) = packages.Dotnet("Packed", "pack", "-o", packages.PathOf("refused"), "-p:Weights=file", "-v:q");
        status.ShouldBe(1, output);
        output.ShouldContain("commands.sqmodel : error SQ0097: 'commands.sqweights' would be missing where the package 'Packed' is used");
        Directory.Exists(packages.PathOf("refused")).ShouldBeFalse();
    }

    private void Write()
    {
        if (File.Exists(packages.PathOf("Packed/Packed.csproj")))
        {
            return;
        }

        packages.CopyModel("Packed");
        packages.Write("Packed/Packed.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFrameworks>net10.0;net9.0</TargetFrameworks>
                <Version>1.0.0-test</Version>
                <Description>A model.</Description>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="StableQuant.Compiler" Version="{packages.Version}" />
                <AdditionalFiles Include="commands.sqmodel" StableQuantWeights="$(Weights)" />
              </ItemGroup>
            </Project>
            """);
    }
}
