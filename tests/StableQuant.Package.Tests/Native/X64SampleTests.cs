using StableQuant.Kernels;
using StableQuant.Kernels.Gemm;
using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Package.Tests.Native;

/// <summary>The sample as one native file, published once, against the same model under the JIT.</summary>
public sealed class X64SampleTests(X64SampleTests.ForThisMachine sample) : IClassFixture<X64SampleTests.ForThisMachine>
{
    [OnLinuxX64Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.Amx)]
    [OnInstructionSet(InstructionSet.Avx512Vnni)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    public void Fingerprints_are_those_of_the_JIT(InstructionSet path) =>
        Fingerprints(path, [.. Recordings.Few.Select(recording => Path.Combine(AppContext.BaseDirectory, "Recordings", recording.Name))])
            .Select(line => Path.GetFileName(line)).ShouldBe(Recordings.Fingerprints.Take(Recordings.Few.Length));

    [OnLinuxX64Fact]
    [Trait("Ring", "Long")]
    public void The_whole_fingerprint_is_that_of_the_JIT() =>
        Fingerprints(InstructionSets.Current).Order(StringComparer.Ordinal).ShouldBe(Recordings.Fingerprints);

    [OnLinuxX64Fact]
    public void Without_a_recording_it_takes_those_that_it_brings() =>
        Fingerprints(InstructionSets.Current).Length.ShouldBe(Recordings.All.Length);

    [OnLinuxX64Fact]
    public void Transcripts_are_those_of_the_JIT_by_the_best_kernels_of_this_machine()
    {
        (string output, _, int status) = Run(sample.Program, "", [.. Recordings.All.Select(r => Path.Combine(AppContext.BaseDirectory, "Recordings", r.Name))]);
        status.ShouldBe(0);
        using var model = new Commands();
        string[][] lines = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))];
        lines.Select(fields => fields[1]).ShouldBe(Recordings.All.Select(r => Recordings.Transcribe(model, r.Pcm)));
        lines.ShouldAllBe(fields => fields[4] == model.Kernels);
    }

    [OnLinuxX64Theory]
    [InlineData("sse9", "no such kernels")]
    [InlineData("AVX2", "")]
    public void Unknown_kernels_are_an_error_that_lists_the_known_ones(string kernels, string says)
    {
        string recording = Path.Combine(AppContext.BaseDirectory, "Recordings", Recordings.All[0].Name);
        (string output, string errors, int status) = Run(sample.Program, kernels, recording);
        (status, output.Length == 0).ShouldBe(says.Length == 0 ? (0, false) : (1, true), errors);
        errors.ShouldContain(says);
        (errors.Length == 0 || errors.TrimEnd('\n').Split('\n').Length == 1).ShouldBeTrue(errors);
    }

    [OnLinuxX64Fact]
    public void Machine_code_can_be_switched_off()
    {
        string recording = Path.Combine(AppContext.BaseDirectory, "Recordings", Recordings.All[0].Name);
        string Kernels(string? machineCode)
        {
            Environment.SetEnvironmentVariable(Avx512VnniMicroKernel.Variable, machineCode);
            return Run(sample.Program, "", recording).Output.TrimEnd('\n').Split('\t')[4];
        }

        Kernels(null).ShouldBe(InstructionSets.Name(InstructionSets.Current));
        Kernels("0").ShouldNotBeOneOf(InstructionSets.Name(InstructionSet.Amx), InstructionSets.Name(InstructionSet.Avx512Vnni));
        Environment.SetEnvironmentVariable(Avx512VnniMicroKernel.Variable, null);
    }

    [OnLinuxX64Fact]
    public void It_is_one_file_beside_its_recordings_and_debug_symbols() =>
        Directory.GetFiles(Path.GetDirectoryName(sample.Program)!).Where(path => Path.GetExtension(path) is not (".dbg" or ".pdb")).ShouldBe([sample.Program]);

    [OnLinuxX64Fact]
    public void It_is_three_million_bytes_at_most_besides_its_weights()
    {
        long weights = new FileInfo(Repository.File("samples/VoiceCommands/Models/commands.sqweights")).Length;
        (new FileInfo(sample.Program).Length - weights).ShouldBeInRange(0, 3_000_000);
    }

    private string[] Fingerprints(InstructionSet path, params string[] recordings)
    {
        (string output, string errors, int status) = Run(sample.Program, InstructionSets.Name(path), ["--fingerprint", .. recordings]);
        (errors, status).ShouldBe(("", 0));
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static (string Output, string Errors, int Status) Run(string program, string kernels, params string[] arguments) =>
        Shell.Run(AppContext.BaseDirectory, new Dictionary<string, string?> { [InstructionSets.Variable] = kernels.Length > 0 ? kernels : null }, program, arguments);

    /// <summary>For the instruction sets of this machine.</summary>
    public sealed class ForThisMachine() : PublishedSample(LinuxX64.IsHere, "VoiceCommands", "linux-x64", "-p:StableQuantInstructionSet=native");
}
