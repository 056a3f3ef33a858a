using StableQuant.Kernels;
using StableQuant.Kernels.Gemm;
using StableQuant.Package.Tests.Native.Loops;

namespace StableQuant.Package.Tests.Native;

/// <summary>The sample as one native file for Arm64, made on x64 and run under qemu-user, against the same model under the JIT here.</summary>
public sealed class Arm64SampleTests(Arm64SampleTests.ForAnyProcessor sample) : IClassFixture<Arm64SampleTests.ForAnyProcessor>
{
    // The second is the processor of Graviton 2 and, as Cortex-A76, of a Raspberry Pi 5; the third that of a Raspberry Pi 4.
    [OnArm64Theory]
    [InlineData("max", InstructionSet.ArmI8mm)]
    [InlineData("neoverse-n1", InstructionSet.ArmDp)]
    [InlineData("cortex-a72", InstructionSet.Neon)]
    public void Without_a_word_one_program_takes_the_kernels_that_each_processor_has_and_bits_are_those_of_x64(string processor, InstructionSet kernels)
    {
        const int Few = 6;
        Kernels(processor).ShouldBe(InstructionSets.Name(kernels));
        Fingerprints(processor, [.. Recordings.All.Take(Few).Select(recording => Path.Combine(AppContext.BaseDirectory, "Recordings", recording.Name))])
            .Select(line => Path.GetFileName(line)).ShouldBe(Recordings.Fingerprints.Take(Few));
    }

    [OnArm64Theory]
    [InlineData("max")]
    [InlineData("neoverse-n1")]
    [InlineData("cortex-a72")]
    [Trait("Ring", "Long")]
    public void The_whole_fingerprint_is_that_of_x64(string processor) =>
        Fingerprints(processor).Order(StringComparer.Ordinal).ShouldBe(Recordings.Fingerprints);

    [OnArm64Fact]
    public void Machine_code_can_be_switched_off() =>
        Kernels("max", (Avx512VnniMicroKernel.Variable, "0")).ShouldBe(InstructionSets.Name(InstructionSet.ArmDp));

    // GELU has more constants than there are registers, and divides; a norm's last rows save one vector for no reason.
    [OnArm64Fact]
    public void Loops_over_floats_keep_their_vectors_in_registers_and_call_nothing()
    {
        MachineLoop[] loops = [.. ProcessorModel.Loops(sample.Program, isProgram: true).Where(loop => loop.FloatOperations >= 8)];
        loops.Count(loop => loop.Count("fcvtns") == 4).ShouldBeGreaterThanOrEqualTo(8);
        foreach (MachineLoop loop in loops)
        {
            bool divides = loop.Count("fdiv") > 0;
            loop.Spills.ShouldBeLessThanOrEqualTo(divides ? loop.Instructions.Count / 7 : 2, string.Join('\n', loop.Instructions));
            (loop.Calls && !divides).ShouldBeFalse();
        }
    }

    private string[] Fingerprints(string processor, params string[] paths)
    {
        (string output, string errors, int status) = Arm64.Run(processor, [], sample.Program, ["--fingerprint", .. paths]);
        (errors, status).ShouldBe(("", 0));
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    // Transcribes a recording, as x64 does, and tells the kernels.
    private string Kernels(string processor, params (string, string)[] variables)
    {
        (string name, float[] pcm) = Recordings.All[0];
        (string output, string errors, int status) = Arm64.Run(processor, variables, sample.Program, Path.Combine(AppContext.BaseDirectory, "Recordings", name));
        (errors, status).ShouldBe(("", 0));
        using var model = new Commands();
        string[] fields = output.TrimEnd('\n').Split('\t');
        fields[1].ShouldBe(Recordings.Transcribe(model, pcm));
        return fields[4];
    }

    /// <summary>As a user publishes it.</summary>
    public sealed class ForAnyProcessor() : PublishedSample(Arm64.Missing is null, "VoiceCommands", "linux-arm64", Arm64.CrossTools);
}
