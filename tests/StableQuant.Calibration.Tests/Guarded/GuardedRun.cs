using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Tests.Compile;
using StableQuant.Generator.Tests.Fuzz;
using StableQuant.Graph;
using StableQuant.Graph.Layout;
using StableQuant.Graph.Text;
using StableQuant.Graph.Validation;
using StableQuant.Kernels;
using StableQuant.Weights;

namespace StableQuant.Calibration.Tests.Guarded;

/// <summary>
/// A model whose arena, slot by slot, and weights have guard pages, run on every instruction set of this machine: a byte read
/// or written beyond them ends the process. What memory holds at first is random; the logits are the scalar ones, and what the
/// description means.
/// </summary>
internal static unsafe class GuardedRun
{
    private const BindingFlags Hidden = BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy;

    private const long MostSamples = 40_000, MostProducts = 8_000_000;

    private static readonly InstructionSet[] Paths =
        [InstructionSet.Scalar, .. Enum.GetValues<InstructionSet>().Where(path => path != InstructionSet.Scalar && InstructionSets.CanRun(path))];

    private delegate float* Forward(ReadOnlySpan<float> pcm, byte* arena);

    /// <summary>Runs the model of a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="kinds">Takes the kinds of operations that were run, and of front ends.</param>
    /// <param name="onlyOtherKinds">Whether a model that has none but these kinds is left out.</param>
    /// <returns>How often; 0 where it is none, too large, or left out.</returns>
    public static int OfSeed(int seed, ISet<string> kinds, bool onlyOtherKinds)
    {
        ModelDescription description = GrownModel.Make(seed, isSmall: true);
        string[] own = [.. description.Operations.Select(operation => operation.Kind), description.FrontEnd.Value];
        if (onlyOtherKinds && kinds.IsSupersetOf(own))
        {
            return 0;
        }

        var random = new Random(seed);

        // A frame or some; a tile's rows or some more; a block's, which are 72 at least.
        int frames = random.Next(4) switch { 0 => random.Next(1, 5), 1 => random.Next(70, 230), _ => random.Next(1, 40) };
        if (ModelValidator.Check(description) is not null || frames * Products(description) > MostProducts)
        {
            return 0;
        }

        byte[] weights = RandomWeights.Of(description, random);
        description = description with { Weights = new WeightsFile(Sha256.HashHex(weights), weights.Length) };
        using CompiledModelSource source = CompiledModelSource.Compile(new QuantizedModel(description, weights), "grown.sqweights");
        int samples = Samples(source, frames);
        if (samples > MostSamples)
        {
            return 0;
        }

        // 16-bit samples, which the front end carries as they are.
        float[] pcm = [.. Enumerable.Range(0, samples).Select(i => MathF.Round(8000 * (MathF.Sin(i * 0.3f) + random.NextSingle() - 0.5f)) / 32768)];
        byte[] expanded = Expanded(source, description);
        int[]? expected = null;
        int runs = 0;
        foreach (InstructionSet path in Paths)
        {
            foreach (bool atEnd in new[] { true, false })
            {
                int threads = 1 + runs % 3;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}, {path}, {threads} threads, {samples} samples, {(atEnd ? "behind" : "before")}"));
                float[] logits = Run(source, pcm, weights, expanded, path, threads, atEnd, random);
                int[] bits = Bits(logits);
                if (expected is null)
                {
                    expected = bits;
                    CheckMeaning(new QuantizedModel(description, weights), pcm, logits);
                }

                bits.AsSpan().SequenceEqual(expected).ShouldBeTrue($"seed {seed}: {path} differs on\n{DescriptionWriter.Write(description)}");
                runs++;
            }
        }

        kinds.UnionWith(own);
        return runs;
    }

    private static float[] Run(CompiledModelSource source, float[] pcm, byte[] weights, byte[] expanded, InstructionSet path, int threads, bool atEnd, Random random)
    {
        InstructionSets.OnThisThread = path;
        try
        {
            // An arena for this utterance and none that is longer.
            using var model = (CompiledModel)source.CreateAny(pcm.Length / 16000.0, threads);
            using GuardedMemory arena = Guard(model, atEnd, random);
            using var others = new GuardedMemory([weights.Length], atEnd, random);
            weights.CopyTo(new Span<byte>(others.Pointer + others.Offsets[0], weights.Length));
            Place(model, "pointer", others.Pointer + others.Offsets[0]);
            using GuardedMemory? panels = expanded.Length == 0 ? null : new GuardedMemory([expanded.Length], atEnd, random);
            if (panels is not null)
            {
                expanded.CopyTo(new Span<byte>(panels.Pointer + panels.Offsets[0], expanded.Length));
                Place(model, "<Expanded>k__BackingField", panels.Pointer + panels.Offsets[0]);
            }

            var forward = model.GetType().GetMethod("Forward", Hidden)!.CreateDelegate<Forward>(model);
            return new ReadOnlySpan<float>(forward(pcm, arena.Pointer), model.FrameCount(pcm.Length) * source.Width).ToArray();
        }
        finally
        {
            InstructionSets.OnThisThread = null;
        }
    }

    // Moves the slots of an instance's plan apart. A slot reaches to the next one; what vectors may read behind its last row is part of it.
    private static GuardedMemory Guard(CompiledModel model, bool atEnd, Random random)
    {
        FieldInfo field = model.GetType().GetField("plan", Hidden)!;
        object plan = field.GetValue(model)!;
        FieldInfo[] slots = [.. plan.GetType().GetFields(Hidden).Where(f => Regex.IsMatch(f.Name, "^Slot[0-9]+$")).OrderBy(f => (long)f.GetValue(plan)!)];
        long[] starts = [.. slots.Select(f => (long)f.GetValue(plan)!), (long)plan.GetType().GetField("Bytes", Hidden)!.GetValue(plan)!];
        var memory = new GuardedMemory([.. slots.Select((_, i) => starts[i + 1] - starts[i])], atEnd, random);
        for (int i = 0; i < slots.Length; i++)
        {
            slots[i].SetValue(plan, memory.Offsets[i]);
        }

        field.SetValue(model, plan);
        return memory;
    }

    private static WeightsBlob Blob(CompiledModel model) => ((Lazy<WeightsBlob>)model.GetType().GetField("Weights", Hidden)!.GetValue(null)!).Value;

    private static void Place(CompiledModel model, string field, byte* weights) => typeof(WeightsBlob).GetField(field, Hidden)!.SetValue(Blob(model), Pointer.Box(weights, typeof(byte*)));

    // Before the first run moves them: all runs of a source have one blob.
    private static byte[] Expanded(CompiledModelSource source, ModelDescription description)
    {
        using var model = (CompiledModel)source.CreateAny(1);
        return new ReadOnlySpan<byte>(Blob(model).Expanded, ExpandedBytes(description)).ToArray();
    }

    // Limits of each product, of those stored as indices sums, too, and panels where kernels do not expand them, one after another, each from a cache line on; nothing behind the last.
    private static int ExpandedBytes(ModelDescription model)
    {
        long end = 0;
        void Next(long bytes) => end = (end + 63) / 64 * 64 + bytes;
        foreach (Graph.Product p in model.Operations.OfType<Graph.Product>().Where(p => p.Packed is PackedIntegers))
        {
            long panel = PanelLayout.Bytes(16, p.GroupInputs);
            if (p.Packed is PackedIndices && (p.Input == Operation.Audio || p.IsDepthwise || p is Convolution2d || panel > 256 * 1024))
            {
                Next(p.PackedGroups * PanelLayout.Panels(p.PackedOutputs) * panel);
            }

            if (p.Packed is PackedIndices)
            {
                Next(p.PackedGroups * PanelLayout.Padded(p.PackedOutputs) * sizeof(int));
            }

            if (p.Input != Operation.Audio && !p.IsDepthwise && PanelLayout.LimitBytes(p.GroupInputs) > 0)
            {
                Next(p.PackedGroups * PanelLayout.LimitBytes(p.PackedOutputs, p.GroupInputs) + PanelLayout.LimitSlack);
            }
        }

        return checked((int)end);
    }

    private static int Samples(CompiledModelSource source, int frames)
    {
        using ICompiledModel model = source.CreateAny(60);
        if (source.Head is Embedding or Classes { PerFrame: false })
        {
            // Where all frames become one, as many samples as make some of them.
            return (int)Math.Min(MostSamples + 1, model.MinSamples + ((frames - 1L) * model.SamplesPerFrame));
        }

        int samples = model.MinSamples;
        while (samples <= MostSamples && model.FrameCount(samples) < frames)
        {
            samples++;
        }

        return samples;
    }

    // Next to a tie, float32 may take the other integer: a step of one operand, which later layers spread.
    private static void CheckMeaning(QuantizedModel model, float[] pcm, float[] logits)
    {
        var reference = new ReferenceInterpreter(model);
        double[] meant = [.. reference.Run(pcm).SelectMany(row => row)];
        meant.Length.ShouldBe(logits.Length);
        double worst = meant.Select((m, i) => Math.Abs(m - logits[i])).Max() / (1 + meant.Max(Math.Abs));
        if (reference.ClosestTie > 3e-5)
        {
            worst.ShouldBeLessThan(1e-5, model.Text);
        }
    }

    // Products of all layers, a frame each.
    private static long Products(ModelDescription model)
    {
        var shapes = new ValueShapes(model.FrontEnd);
        long products = 0;
        foreach (Operation operation in model.Operations)
        {
            shapes.Add(operation);
            products += operation is Graph.Product p ? (long)p.OutputChannels * p.GroupInputs * p.PackedGroups * shapes.StageOf(operation.Name).MadeRows : 0;
        }

        return products;
    }

    // All NaN are one.
    private static int[] Bits(float[] values) => [.. values.Select(v => float.IsNaN(v) ? int.MinValue + 1 : BitConverter.SingleToInt32Bits(v))];
}
