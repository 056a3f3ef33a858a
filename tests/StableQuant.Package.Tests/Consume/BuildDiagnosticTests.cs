using System.Text.RegularExpressions;

namespace StableQuant.Package.Tests.Consume;

/// <summary>What the build says about files and options, before the compiler runs.</summary>
[Collection(SharedPackages.Name)]
public sealed class BuildDiagnosticTests(Packages packages, BuildDiagnosticTests.Project project) : IClassFixture<BuildDiagnosticTests.Project>
{
    private static readonly string Description = File.ReadAllText(Repository.File("samples/VoiceCommands/Models/commands.sqmodel"));

    [Fact]
    public void A_model_that_does_not_exist_is_SQ0090() =>
        Refused("-p:Model=none.sqmodel").ShouldContain("none.sqmodel : error SQ0090: The model 'none.sqmodel' does not exist.");

    [Fact]
    public void A_model_without_weights_is_SQ0091()
    {
        packages.Write("Checked/alone.sqmodel", Description);
        Refused("-p:Model=alone.sqmodel").ShouldContain("alone.sqmodel : error SQ0091: 'alone.sqweights' is missing beside 'alone.sqmodel'.");
    }

    [Fact]
    public void An_unknown_instruction_set_is_SQ0092() =>
        Refused("-p:StableQuantInstructionSet=sse9").ShouldContain("error SQ0092: StableQuantInstructionSet is 'sse9'; it can be avx2 or avx512 (x64), dotprod (Arm64), native or none.");

    [Fact]
    public void Weights_of_another_model_are_SQ0093()
    {
        packages.Write("Checked/other.sqmodel", Description);
        packages.Write("Checked/other.sqweights", "version https://git-lfs.github.com/spec/v1");
        Refused("-p:Model=other.sqmodel").ShouldContain("other.sqmodel : error SQ0093: 'other.sqweights' does not belong to 'other.sqmodel': its SHA-256 is ");
    }

    [Fact]
    public void An_error_in_a_model_has_its_place()
    {
        packages.CopyModel("Checked", "broken");
        packages.Write("Checked/broken.sqmodel", Description.Replace("rate=16000", "rate=8000", StringComparison.Ordinal));
        string output = Refused("-p:Model=broken.sqmodel");
        output.ShouldContain("broken.sqmodel(4,7): error SQ0001: broken.sqmodel: 'rate' must be an integer from 16000 to 16000.");

        // And the page about it, which came with the package.
        string page = Regex.Match(output, @"\((/[^()]*/SQ0001\.md)\)").Groups[1].Value;
        File.ReadAllText(page).ShouldBe(File.ReadAllText(Repository.File("docs/diagnostics/SQ0001.md")));
    }

    [Fact]
    public void An_older_C_sharp_is_SQ0010_and_nothing_else()
    {
        packages.CopyModel("Checked", "old");
        string output = Refused("-p:Model=old.sqmodel", "-p:LangVersion=9");
        output.ShouldContain("old.sqmodel(1,1): error SQ0010: The code of 'old.sqmodel' needs C# 12.0 or later, the project is C# 9.0;");
        output.ShouldContain(" 1 Error(s)");
    }

    [Fact]
    public void Errors_of_the_build_link_to_pages_of_the_package()
    {
        project.Restore(packages);
        string folder = packages.Succeeds("Checked", "msbuild", "-getProperty:StableQuantHelp").Trim();
        File.Exists(folder + "SQ0090.md").ShouldBeTrue(folder);
    }

    [Fact]
    public void An_older_framework_is_SQ0094()
    {
        packages.Write("Older/Older.csproj", Project.Text(packages).Replace("net10.0", "net8.0", StringComparison.Ordinal));
        (string output, int status) = packages.Dotnet("Older", "build");
        status.ShouldBe(1);
        output.ShouldContain("error SQ0094: StableQuant.Compiler needs .NET 9 or later, but 'Older' targets 'net8.0'.");
    }

    [Theory]
    [InlineData("fsproj", "Program.fs", "printfn \"hello\"")]
    [InlineData("vbproj", "Program.vb", "Module Program\nSub Main()\nEnd Sub\nEnd Module")]
    public void A_project_that_is_not_C_sharp_is_the_warning_SQ0096_once(string project, string file, string source)
    {
        string folder = "Not" + project;
        packages.CopyModel(folder);
        packages.Write($"{folder}/Other.{project}", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <EnableDefaultCompileItems>false</EnableDefaultCompileItems>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="StableQuant.Compiler" Version="{packages.Version}" />
                <AdditionalFiles Include="commands.sqmodel" />
                <Compile Include="{file}" />
              </ItemGroup>
            </Project>
            """);
        packages.Write($"{folder}/{file}", source);
        (string output, int status) = packages.Dotnet(folder, "build");
        status.ShouldBe(0, output);
        output.ShouldContain(
            "warning SQ0096: 'commands.sqmodel' becomes no class in 'Other', because source generators run in C# only. Put the model into a C# library");
        output.ShouldContain(" 1 Warning(s)");
    }

    [Theory]
    [InlineData("avx2", "linux-x64", "-p:StableQuantInstructionSet=none")]
    [InlineData("avx2", "linux-x64", "-p:IlcInstructionSet=sse4.2")]
    [InlineData(null, "linux-x64", "-p:StableQuantInstructionSet=avx512")]
    [InlineData(null, "linux-x64", "-p:StableQuantInstructionSet=dotprod")]
    [InlineData(null, "linux-x64", "-p:IlcInstructionSet=x86-64-v3")]
    [InlineData(null, "linux-arm64", "-p:StableQuantInstructionSet=none")]
    [InlineData(null, "linux-arm64", "-p:StableQuantInstructionSet=avx512")]
    [InlineData(null, "linux-arm64", "-p:IlcInstructionSet=armv8.2-a")]
    [InlineData(null, "linux-riscv64", "-p:StableQuantInstructionSet=")]
    public void Native_code_without_the_instructions_of_int8_products_is_the_warning_SQ0095(string? missing, string system, string option)
    {
        project.Restore(packages);
        (string output, int status) = packages.Dotnet("Checked", "msbuild", "-t:PrepareForPublish", "-p:PublishAot=true", $"-p:RuntimeIdentifier={system}", option);
        status.ShouldBe(0, output);
        output.Contains($"warning SQ0095: This NativeAOT program is compiled without {missing}", StringComparison.Ordinal).ShouldBe(missing is not null, output);
    }

    private string Refused(params string[] options)
    {
        project.Restore(packages);
        (string output, int status) = packages.Dotnet("Checked", ["build", "--no-restore", .. options]);
        status.ShouldBe(1, output);
        return output;
    }

    /// <summary>A project whose model is said on the command line, restored once.</summary>
    public sealed class Project
    {
        private bool restored;

        public static string Text(Packages packages) => $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="StableQuant.Compiler" Version="{packages.Version}" />
                <AdditionalFiles Include="$(Model)" />
              </ItemGroup>
            </Project>
            """;

        public void Restore(Packages packages)
        {
            if (!restored)
            {
                restored = true;
                packages.Write("Checked/Checked.csproj", Text(packages));
                packages.Succeeds("Checked", "restore");
            }
        }
    }
}
