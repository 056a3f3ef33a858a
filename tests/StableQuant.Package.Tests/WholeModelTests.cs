using System.Runtime.InteropServices;
using StableQuant.Kernels;
using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Package.Tests;

/// <summary>The commands model on real speech: the same bits on every path and thread, and no allocation.</summary>
public class WholeModelTests
{
    [Fact]
    public void The_generator_made_the_class_and_the_build_embedded_the_weights()
    {
        using var model = new Commands(maxSeconds: 5);
        model.ShouldBeAssignableTo<ISpeechModel>();
        Recordings.All.Length.ShouldBe(40);
        Recordings.All.Select(r => Recordings.Transcribe(model, r.Pcm)).Count(text => text.Length > 5).ShouldBe(40);
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.Amx)]
    [OnInstructionSet(InstructionSet.Avx512Vnni)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.ArmI8mm)]
    [OnInstructionSet(InstructionSet.Neon)]
    public void Logits_are_those_of_the_scalar_path(InstructionSet path) => Compare(path, Recordings.Few);

    [Fact]
    [Trait("Ring", "Long")]
    public void Every_recording_s_logits_are_those_of_the_scalar_path() => Compare(InstructionSets.Current, Recordings.All);

    private static void Compare(InstructionSet path, (string Name, float[] Pcm)[] recordings)
    {
        foreach (((string name, _), float[] logits, float[] scalar) in recordings.Zip(Recordings.Logits(path, recordings), Recordings.ScalarLogits))
        {
            SameBits(logits, scalar).ShouldBeTrue(name);
        }
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.Amx)]
    [OnInstructionSet(InstructionSet.Avx512Vnni)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    public void Calls_allocate_nothing(InstructionSet path)
    {
        long allocated = Recordings.On(path, () =>
        {
            using var model = new Commands();
            float[] pcm = Recordings.All[0].Pcm[..8000];
            var text = new char[model.MaxTextLength(pcm.Length)];
            var logits = new float[model.FrameCount(pcm.Length) * model.VocabularySize];
            model.Kernels.ShouldBe(InstructionSets.Name(path));
            model.Transcribe(pcm, text);
            model.Logits(pcm, logits);

            // The least of three rounds: what belongs to a call shows in each, what .NET allocates while it compiles a method anew does not.
            return Enumerable.Range(0, 3).Min(_ =>
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < 5; i++)
                {
                    model.Transcribe(pcm, text);
                    model.Logits(pcm, logits);
                }

                return GC.GetAllocatedBytesForCurrentThread() - before;
            });
        });
        allocated.ShouldBe(0);
    }

    [Fact]
    public void Two_instances_on_two_threads_give_the_bits_of_one()
    {
        float[][] alone = [.. Alone()];
        float[][][] together = new float[2][][];
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(t => new Thread(() => together[t] = [.. Alone()]))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        foreach (float[][] logits in together)
        {
            for (int i = 0; i < alone.Length; i++)
            {
                SameBits(logits[i], alone[i]).ShouldBeTrue(Recordings.All[i].Name);
            }
        }

        static IEnumerable<float[]> Alone()
        {
            using var model = new Commands();
            return [.. Recordings.All.Select(r => Recordings.Logits(model, r.Pcm))];
        }
    }

    private static bool SameBits(float[] a, float[] b) => MemoryMarshal.AsBytes<float>(a).SequenceEqual(MemoryMarshal.AsBytes<float>(b));
}
