namespace StableQuant.Package.Tests.Consume;

/// <summary>A program that has the package StableQuant.Extensions.AI and nothing else: compiler, generator and build assets come along.</summary>
[Collection(SharedPackages.Name)]
public sealed class ExtensionsTests(Packages packages)
{
    [Fact]
    public void One_package_gives_a_program_the_client_and_the_compiler()
    {
        packages.CopyModel("Services");
        packages.Write("Services/Services.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="StableQuant.Extensions.AI" Version="{packages.Version}" />
                <PackageReference Include="Microsoft.Extensions.DependencyInjection" Version="10.0.15" />
                <PackageReference Include="Microsoft.Extensions.Logging" Version="10.0.15" />
                <AdditionalFiles Include="commands.sqmodel" />
              </ItemGroup>
            </Project>
            """);
        packages.Write("Services/Program.cs", """
            #pragma warning disable MEAI001
            using Microsoft.Extensions.AI;
            using Microsoft.Extensions.DependencyInjection;
            using StableQuant;
            using StableQuant.Extensions.AI;
            using StableQuant.Recognition;

            var services = new ServiceCollection();
            services.AddLogging();
            services.AddStableQuantSpeechToText<Commands>(new() { PoolSize = 1, Language = "en" }).UseLogging().UseOpenTelemetry();
            using ServiceProvider provider = services.BuildServiceProvider();
            using FileStream audio = File.OpenRead(args[0]);
            SpeechToTextResponse response = await provider.GetRequiredService<ISpeechToTextClient>().GetTextAsync(audio);
            foreach (Word word in ((Transcription)response.RawRepresentation!).Words)
            {
                Console.WriteLine($"{word.Text} {word.Start:R} {word.End:R}");
            }

            [StableQuantModel("commands.sqmodel")]
            internal sealed partial class Commands;
            """);
        string recording = Path.Combine(AppContext.BaseDirectory, "Recordings", Recordings.All[0].Name);
        packages.Succeeds("Services", "run", "-c", "Release", "--", recording).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe(Recordings.Words(recording).Select(word => FormattableString.Invariant($"{word.Item1} {word.Item2:R} {word.Item3:R}")));
    }
}
