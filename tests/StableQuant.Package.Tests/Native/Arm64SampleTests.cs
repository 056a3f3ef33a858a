using StableQuant.Kernels;

namespace StableQuant.Package.Tests.Native;

/// <summary>The sample as one native file for Arm64, made on x64 and run under qemu-user, against the same model under the JIT here.</summary>
public sealed class Arm64SampleTests(Arm64SampleTests.WithDotProduct sample, Arm64SampleTests.ForAnyProcessor other)
    : IClassFixture<Arm64SampleTests.WithDotProduct>, IClassFixture<Arm64SampleTests.ForAnyProcessor>
{
    private const string EveryInstruction = "max";

    // Of a Raspberry Pi 4.
    private const string WithoutDotProduct = "cortex-a72";

    [OnArm64Fact]
    public void Fingerprints_are_those_of_x64()
    {
        (string output, string errors, int status) = Arm64.Run(EveryInstruction, sample.Program, "--fingerprint");
        (errors, status).ShouldBe(("", 0));
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).ShouldBe(Recordings.Fingerprints);
    }

    [OnArm64Fact]
    public void Without_a_word_it_is_compiled_for_the_dot_product_and_no_dot_product_is_tested_for()
    {
        Kernels(EveryInstruction, sample.Program).ShouldBe(InstructionSets.Name(InstructionSet.ArmDp));
        (int all, int tested) = Arm64.DotProducts(sample.Program);
        all.ShouldBeGreaterThan(100);
        tested.ShouldBe(0);

        // What the same count finds where they are tested for.
        (int allOther, int testedOther) = Arm64.DotProducts(other.Program);
        allOther.ShouldBe(all);
        testedOther.ShouldBeGreaterThan(all * 9 / 10);
    }

    [OnArm64Fact]
    public void On_a_processor_without_the_dot_product_it_says_so_and_does_not_start()
    {
        (string output, string errors, int status) = Arm64.Run(WithoutDotProduct, sample.Program, "--help");
        (output, status == 0).ShouldBe(("", false));
        errors.ShouldContain("The required instruction sets are not supported by the current CPU.");
    }

    [OnArm64Fact]
    public void Compiled_for_any_processor_it_takes_the_kernels_that_the_processor_has()
    {
        Kernels(EveryInstruction, other.Program).ShouldBe(InstructionSets.Name(InstructionSet.ArmDp));
        Kernels(WithoutDotProduct, other.Program).ShouldBe(InstructionSets.Name(InstructionSet.Neon));
    }

    // Transcribes a recording, as x64 does, and tells the kernels.
    private static string Kernels(string processor, string program)
    {
        (string name, float[] pcm) = Recordings.All[0];
        (string output, string errors, int status) = Arm64.Run(processor, program, Path.Combine(AppContext.BaseDirectory, "Recordings", name));
        (errors, status).ShouldBe(("", 0));
        using var model = new Commands();
        string[] fields = output.TrimEnd('\n').Split('\t');
        fields[1].ShouldBe(Recordings.Transcribe(model, pcm));
        return fields[4];
    }

    /// <summary>As a user publishes it.</summary>
    public sealed class WithDotProduct() : PublishedSample(Arm64.Missing is null, "VoiceCommands", "linux-arm64", Arm64.CrossTools);

    /// <summary>For processors without the dot product, too.</summary>
    public sealed class ForAnyProcessor() : PublishedSample(
        Arm64.Missing is null, "VoiceCommands", "linux-arm64", [.. Arm64.CrossTools, "-p:StableQuantInstructionSet=none", "-p:NoWarn=SQ0095"]);
}
