using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.InteropServices;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Tests.Quantization;
using StableQuant.Kernels;
using StableQuant.Runtime.Tests.Kernels;
using StableQuant.Weights;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>Weights whose hash is the description's own, but which hold what kernels cannot take, are refused when they are loaded.</summary>
public class WeightsContentTests
{
    private const string Ending = "The file is not what calibration writes; calibrate again.";

    // Enough steps for limits of every size: products of 8 and of 7 bits, and of fewer, in channel groups, too.
    private static readonly CompiledClass[] Models =
    [
        .. Enumerable.Range(0, 24).Select(RandomModel.Make).Where(m => Limited(m.Description).Any()).Take(3)
            .Concat(Enumerable.Range(0, 24).Select(RandomModel.Make).Where(m => m.Description.Operations.OfType<Graph.Product>().Count(p => p.Packed is Graph.PackedIndices) > 1).Take(2))
            .Select(CompiledClass.Of),
    ];

    [Fact]
    public void What_calibration_writes_is_taken_on_every_path()
    {
        Models.Length.ShouldBe(5);
        foreach (CompiledClass model in Models)
        {
            foreach (InstructionSet path in new[] { InstructionSet.Scalar, InstructionSet.Avx2, InstructionSet.Avx512 }.Where(InstructionSets.IsSupported))
            {
                Load(model, model.Weights, path);
            }
        }
    }

    [Fact]
    public void A_class_asks_for_what_it_says_of_its_weights_and_names_them_as_the_user_does()
    {
        foreach (CompiledClass model in Models)
        {
            byte[] weights = [.. model.Weights];
            long place = model.Description.Operations.OfType<Graph.Product>().Select(p => p.Packed).OfType<Graph.PackedIntegers>().First().Multipliers;
            BinaryPrimitives.WriteSingleLittleEndian(weights.AsSpan((int)place), float.NaN);
            Graph.ModelDescription description = model.Description with { Weights = new(Sha256.HashHex(weights), weights.Length) };
            string message = Should.Throw<StableQuantException>(() => CompiledModelSource.Compile(new QuantizedModel(description, weights), "voice.sqweights")).Message;
            message.ShouldStartWith($"voice.sqweights: at byte {place} a number is infinite or none");
            message.ShouldEndWith(Ending);
        }
    }

    [Fact]
    public void A_weight_of_minus_128_is_found_wherever_it_is()
    {
        var random = new Random(1);
        foreach (CompiledClass model in Models)
        {
            foreach (Graph.Product product in Int8(model.Description))
            {
                byte[] weights = [.. model.Weights];
                var packed = (Graph.PackedInt8)product.Packed!;
                weights[packed.Weights + random.NextInt64(Bytes(product))] = 0x80;
                Refused(model, weights).ShouldContain($"at byte {packed.Weights} a weight is −128");
            }
        }
    }

    [Fact]
    public void A_level_of_minus_128_is_found_wherever_it_is()
    {
        int found = 0;
        foreach (CompiledClass model in Models)
        {
            foreach (Graph.Product product in model.Description.Operations.OfType<Graph.Product>())
            {
                if (product.Packed is Graph.PackedIndices packed)
                {
                    byte[] weights = [.. model.Weights];
                    int levels = product.PackedGroups * ((product.PackedOutputs + 3) / 4 * 4) << packed.Bits;
                    weights.AsSpan((int)packed.Levels, levels).Fill(0x80);
                    Refused(model, weights).ShouldContain($"at byte {packed.Levels} a level is −128");
                    found++;
                }
            }
        }

        found.ShouldBeGreaterThan(2);
    }

    [Fact]
    public void A_sum_that_is_none_is_found_wherever_it_is()
    {
        var random = new Random(2);
        foreach (CompiledClass model in Models)
        {
            foreach (Graph.Product product in Int8(model.Description))
            {
                byte[] weights = [.. model.Weights];
                var packed = (Graph.PackedInt8)product.Packed!;
                weights[packed.Sums + random.NextInt64(Vector(product))] ^= 1;
                Refused(model, weights).ShouldContain($"at byte {packed.Sums} the sums are not those of the weights at byte {packed.Weights}");
            }
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_float_that_is_no_number_is_found_wherever_it_is(float value)
    {
        var random = new Random(3);
        foreach (CompiledClass model in Models)
        {
            IEnumerable<(long Offset, long Bytes)> blocks = model.Description.Operations.SelectMany(operation => operation switch
            {
                Graph.Product { Packed: Graph.PackedIntegers p } product => [(p.Multipliers, Vector(product)), (p.Bias, Vector(product))],
                Graph.Product { Packed: Graph.PackedFloat p } product => [(p.Weights, 4 * Bytes(product)), (p.Bias, Vector(product))],
                Graph.LayerNorm { Packed: { } p } norm => [(p.Gain, 4L * norm.Channels), (p.Bias, 4L * norm.Channels)],
                Graph.GroupNorm { Packed: { } p } norm => [(p.Gain, 4L * norm.Channels), (p.Bias, 4L * norm.Channels)],
                _ => Array.Empty<(long, long)>(),
            });
            foreach ((long offset, long bytes) in blocks)
            {
                byte[] weights = [.. model.Weights];
                BinaryPrimitives.WriteSingleLittleEndian(weights.AsSpan((int)(offset + random.NextInt64(bytes / 4) * 4)), value);
                Refused(model, weights).ShouldContain($"at byte {offset} a number is infinite or none");
            }
        }
    }

    [Fact]
    public unsafe void Limits_are_the_largest_that_hold()
    {
        var random = new Random(4);
        int depends = 0;
        for (int trial = 0; trial < 2000; trial++)
        {
            int inputs = 16 * random.Next(1, 4), zeroPoint = random.Next(4) == 0 ? random.Next(2) * 255 : random.Next(256);
            int most = random.Next(1, 128);
            var packed = new sbyte[inputs * 16];
            for (int i = 0; i < packed.Length; i++)
            {
                packed[i] = (sbyte)(random.Next(4) == 0 ? most * (random.Next(3) - 1) : random.Next(-most, most + 1));
            }

            var found = new byte[2 * inputs / 16];
            fixed (sbyte* weights = packed)
            fixed (byte* limits = found)
            {
                Int16Limits.Find(weights, 1, inputs, limits, zeroPoint);
            }

            found.ShouldBe(Int16Sums.Limits(packed, inputs, zeroPoint)![..found.Length], $"trial {trial}");
            depends += found.Count(limit => limit < 255);
        }

        depends.ShouldBeGreaterThan(2000);
    }

    private static IEnumerable<Graph.Product> Int8(Graph.ModelDescription model) => model.Operations.OfType<Graph.Product>().Where(p => p.Packed is Graph.PackedInt8);

    private static IEnumerable<Graph.Product> Limited(Graph.ModelDescription model) => Int8(model).Where(p => p.Input != Graph.Operation.Audio && !p.IsDepthwise && p.GroupInputs > 12);

    // Of int8; whole panels, and float32 takes one input a group in place of four.
    private static long Bytes(Graph.Product product)
    {
        (int groups, int outputs, int inputs) = (product.PackedGroups, product.PackedOutputs, product.GroupInputs);
        int panels = (outputs + 15) / 16;
        return groups * panels * 16L * (product.Packed is Graph.PackedFloat ? inputs : (inputs + 3) / 4 * 4);
    }

    private static long Vector(Graph.Product product) => product.PackedGroups * ((product.PackedOutputs + 15) / 16) * 64L;

    // As the class itself does, which was compiled for weights of another hash.
    private static void Load(CompiledClass compiled, byte[] weights, InstructionSet path = InstructionSet.Scalar)
    {
        using var folder = new TempFolder();
        InstructionSets.OnThisThread = path;
        try
        {
            WeightsBlob.FromFile(folder.Write("voice.sqweights", weights), weights.Length, Sha256.HashHex(weights), compiled.Content);
        }
        finally
        {
            InstructionSets.OnThisThread = null;
        }
    }

    private static string Refused(CompiledClass compiled, byte[] weights, InstructionSet path = InstructionSet.Scalar)
    {
        string message = Should.Throw<InvalidDataException>(() => Load(compiled, weights, path)).Message;
        message.ShouldContain("/voice.sqweights: ");
        message.ShouldEndWith(Ending);
        return message;
    }

    /// <summary>A model's class, compiled once, and what it says that its weights hold.</summary>
    private sealed record CompiledClass(Graph.ModelDescription Description, byte[] Weights, WeightsContent Content)
    {
        public static CompiledClass Of(QuantizedModel model)
        {
            using CompiledModelSource source = CompiledModelSource.Compile(model, "voice.sqweights");
            using ICompiledModel instance = source.CreateAny(maxSeconds: 1);
            PropertyInfo content = instance.GetType().GetProperty(nameof(WeightsContent), BindingFlags.NonPublic | BindingFlags.Static)!;
            return new CompiledClass(model.Description, model.Weights, (WeightsContent)content.GetValue(null)!);
        }
    }
}
