using System.Runtime.CompilerServices;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;
using StableQuant.Graph.Text;
using StableQuant.Kernels;
using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>One class runs the weights of every model of its shape, as each model's own class does.</summary>
public class MountTests
{
    // Seeds of every kind of layer and precision; from 80 on of attention with positions, from 96 on of rotary ones, from 108 on of bands.
    private static readonly int[] Seeds = [.. Enumerable.Range(0, 12), .. Enumerable.Range(80, 6), .. Enumerable.Range(96, 4), .. Enumerable.Range(108, 4)];

    [Fact]
    [Trait("Ring", "Full")]
    public void Mounted_weights_give_the_bits_of_their_model_s_own_class_on_every_path()
    {
        InstructionSet[] paths = [.. new[] { InstructionSet.Scalar, InstructionSet.Avx2, InstructionSet.Avx512, InstructionSets.Current }.Where(InstructionSets.IsSupported).Distinct()];
        int otherSizes = 0, floatHeads = 0, indexedHeads = 0;
        using var folder = new TempFolder();
        foreach (int seed in Seeds)
        {
            using var mounting = new MountedClass(RandomModel.Make(seed));
            QuantizedModel model = RandomModel.MakeAlike(seed, 1);
            var weights = SpeechWeights.Open(folder.Write($"{seed}.sqweights", model.Weights));
            weights.Shape.ShouldBe(mounting.Shape);
            weights.Vocabulary.Tokens.ToArray().ShouldBe(((Vocabulary)model.Description.Head).Tokens);
            otherSizes += weights.Vocabulary.Count == ((Vocabulary)RandomModel.Make(seed).Description.Head).Tokens.Count ? 0 : 1;
            floatHeads += model.Description.VocabularyHead!.Packed is PackedFloat ? 1 : 0;
            indexedHeads += model.Description.VocabularyHead!.Packed is PackedIndices ? 1 : 0;
            using CompiledModelSource own = CompiledModelSource.Compile(model, "own.sqweights");
            using ISpeechModel instance = own.Create(maxSeconds: 1);
            float[] pcm = RandomModel.Utterance(seed, instance.MinSamples, instance.FrameCount);
            foreach (InstructionSet path in paths)
            {
                Logits(mounting, weights, pcm, path).ShouldBe(RandomModelTests.Logits(own, pcm, path), $"{path}, {model.Text}");
            }
        }

        otherSizes.ShouldBeGreaterThan(Seeds.Length / 2);
        floatHeads.ShouldBeInRange(2, Seeds.Length - 2);
        indexedHeads.ShouldBeInRange(2, Seeds.Length - floatHeads - 2);
    }

    [Fact]
    public void Several_weights_are_in_use_at_a_time_each_with_its_own_words()
    {
        const int Seed = 9;
        using var folder = new TempFolder();
        using var mounting = new MountedClass(RandomModel.Make(Seed));
        QuantizedModel[] models = [RandomModel.Make(Seed), RandomModel.MakeAlike(Seed, 1), RandomModel.MakeAlike(Seed, 2)];
        SpeechWeights[] files = [.. models.Select((model, i) => SpeechWeights.Open(folder.Write($"{i}.sqweights", model.Weights)))];
        ISpeechModel[] instances = [.. files.Select(weights => mounting.Mount(weights, threads: 2)), mounting.Mount(files[0])];
        float[] pcm = RandomModel.Utterance(Seed, instances[0].MinSamples, instances[0].FrameCount);
        float[][] logits = [.. instances.Select(instance => Logits(instance, pcm))];
        logits[3].ShouldBe(logits[0]);
        for (int i = 0; i < models.Length; i++)
        {
            using CompiledModelSource own = CompiledModelSource.Compile(models[i], "own.sqweights");
            using ISpeechModel instance = own.Create(maxSeconds: 1);
            logits[i].ShouldBe(Logits(instance, pcm));
            instances[i].Vocabulary.Tokens.ToArray().ShouldBe(((Vocabulary)models[i].Description.Head).Tokens);
        }

        Array.ForEach(instances, instance => instance.Dispose());
    }

    [Fact]
    public void Code_that_mounts_weights_depends_on_the_shape_alone()
    {
        foreach (int seed in Seeds)
        {
            ModelDescription model = RandomModel.Make(seed).Description;
            ModelDescription other = model with
            {
                Weights = new(new string('1', 64), model.Weights.Bytes + 64),
                Receipt = new("other", new(["more"]), new([]), new([])),
                Operations = new(model.Operations.Select(operation => operation is Quantize q ? q with { Scale = 3 * q.Scale, ZeroPoint = q.Type == QuantizedType.U8 ? 255 - q.ZeroPoint / 2 : 0, Percentile = 7, Why = "other" } : operation)),
            };
            ShapeText.Fingerprint(other).ShouldBe(ShapeText.Fingerprint(model));
            (Code(other) == Code(model)).ShouldBeTrue(model.Name);
        }
    }

    [Fact]
    public void Weights_of_another_shape_are_refused_with_both_shapes()
    {
        using var folder = new TempFolder();
        using var mounting = new MountedClass(RandomModel.Make(9));
        var weights = SpeechWeights.Open(folder.Write("other.sqweights", RandomModel.Make(4).Weights));
        string message = Should.Throw<InvalidDataException>(() => mounting.Mount(weights)).Message;
        message.ShouldStartWith($"{weights.Path}: its shape is {weights.Shape}, but Model was compiled for {mounting.Shape}.");
        Should.Throw<ArgumentNullException>(() => mounting.Mount(null!));
    }

    // Weights of the right hash and shape, whose constants are none: what is found in a model's own is found in mounted ones.
    [Fact]
    public void What_kernels_cannot_take_is_refused_in_mounted_weights_too()
    {
        QuantizedModel model = RandomModel.Make(3);
        var head = (PackedInt8)model.Description.VocabularyHead!.Packed!;
        using var mounting = new MountedClass(model);
        Refused(mounting, model, bytes => bytes[head.Weights] = 0x80).ShouldContain($"at byte {head.Weights} a weight is −128");
        Refused(mounting, model, bytes => bytes[head.Sums] ^= 1).ShouldContain($"at byte {head.Sums} the sums are not those");
        Refused(mounting, model, bytes => BitConverter.TryWriteBytes(bytes.AsSpan((int)head.Bias), float.NaN)).ShouldContain($"at byte {head.Bias} a number is infinite or none");
    }

    [Fact]
    public void A_file_that_changes_in_use_is_refused_at_the_next_call()
    {
        using var folder = new TempFolder();
        QuantizedModel model = RandomModel.Make(9);
        string path = folder.Write("used.sqweights", model.Weights);
        File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        using var mounting = new MountedClass(model);
        using ISpeechModel instance = mounting.Mount(SpeechWeights.Open(path));
        float[] pcm = new float[instance.MinSamples];
        Logits(instance, pcm);
        File.WriteAllBytes(path, model.Weights);
        Should.Throw<InvalidDataException>(() => Logits(instance, pcm)).Message.ShouldStartWith($"{path}: the weights have changed");
    }

    [OnLinuxX64Fact]
    public void Weights_that_nobody_refers_to_are_unmapped()
    {
        using var folder = new TempFolder();
        string path = folder.Write("forgotten.sqweights", RandomModel.Make(9).Weights);
        using var mounting = new MountedClass(RandomModel.Make(9));
        ISpeechModel kept = MountTwice(mounting, path);
        IsMapped(path).ShouldBeTrue();
        float[] pcm = new float[kept.MinSamples];
        Collect();
        Logits(kept, pcm);
        kept.Dispose();
        kept = null!;
        Collect();
        IsMapped(path).ShouldBeFalse();
    }

    // One instance outlives the weights' own object.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ISpeechModel MountTwice(MountedClass mounting, string path)
    {
        var weights = SpeechWeights.Open(path);
        mounting.Mount(weights).Dispose();
        return mounting.Mount(weights);
    }

    private static void Collect()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private static bool IsMapped(string path) => File.ReadLines("/proc/self/maps").Any(line => line.EndsWith(path, StringComparison.Ordinal));

    private static string Refused(MountedClass mounting, QuantizedModel model, Action<byte[]> change)
    {
        using var folder = new TempFolder();
        byte[] bytes = [.. model.Weights];
        change(bytes);
        var weights = SpeechWeights.Open(folder.Write("bad.sqweights", ShapeSectionTests.Sealed(bytes)));
        string message = Should.Throw<InvalidDataException>(() => mounting.Mount(weights)).Message;
        message.ShouldStartWith(weights.Path + ": ");
        return message;
    }

    private static string Code(ModelDescription model) => string.Concat(
        CompiledModelSource.Sources(model, CompiledModelSource.Target with { Place = Generator.WeightsPlace.Mounted }, "any.sqweights").Select(file => file.Text));

    private static float[] Logits(MountedClass mounting, SpeechWeights weights, float[] pcm, InstructionSet path)
    {
        InstructionSets.OnThisThread = path;
        try
        {
            using ISpeechModel model = mounting.Mount(weights);
            return Logits(model, pcm);
        }
        finally
        {
            InstructionSets.OnThisThread = null;
        }
    }

    private static float[] Logits(ISpeechModel model, float[] pcm)
    {
        float[] logits = new float[model.FrameCount(pcm.Length) * model.VocabularySize];
        model.Logits(pcm, logits);
        return logits;
    }
}
