using System.Globalization;
using StableQuant.Generator.Emit;
using StableQuant.Generator.Lower;
using StableQuant.Graph;
using StableQuant.Graph.Text;
using StableQuant.Graph.Validation;
using Xunit.Abstractions;

namespace StableQuant.Generator.Tests.Fuzz;

/// <summary>
/// A description that may be anyone's is one error, or becomes code: 20 000 that grow, half of them with places changed. The compiler takes
/// the code of some. More by the environment variable <c>STABLEQUANT_FUZZ</c>, the number of them.
/// </summary>
public class CompilerFuzzTests(ITestOutputHelper output)
{
    private const string Variable = "STABLEQUANT_FUZZ";

    private static readonly ClassTarget Target = new("", "Grown", "public", "grown.sqweights");

    [Fact]
    [Trait("Ring", "Full")]
    public void Whatever_a_description_says_it_is_one_error_or_compiles()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out int wanted) ? wanted : 20_000;
        int compiled = 0, refused = 0;
        long characters = 0;
        Parallel.For(0, count, seed =>
        {
            try
            {
                long made = Try(seed);
                Interlocked.Add(ref characters, made);
                Interlocked.Increment(ref made > 0 ? ref compiled : ref refused);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}: {exception.Message}\n{DescriptionWriter.Write(Make(seed))}", exception);
            }
        });
        output.WriteLine($"{compiled} compiled to {characters} characters, {refused} refused");
        compiled.ShouldBeGreaterThan(count / 4);
        refused.ShouldBeGreaterThan(count / 4);
    }

    private static ModelDescription Make(int seed)
    {
        ModelDescription model = GrownModel.Make(seed, isSmall: seed % 3 == 0);
        return seed % 2 == 0 ? model : Mutation.Of(model, new Random(seed));
    }

    private static long Try(int seed)
    {
        ModelDescription model = Make(seed);
        GraphError? error = ModelValidator.Check(model);

        // The text says the same of the same model.
        string text = DescriptionWriter.Write(model);
        ModelDescription? read = DescriptionReader.Read(text, out DescriptionError? inText);
        (read is null).ShouldBe(error is not null, inText?.ToString());
        if (read is null)
        {
            Text.Places.ShouldBeInside(inText.ShouldNotBeNull(), text);
            return 0;
        }

        LoweredModel network = Lowering.Lower(read, mounts: false);
        CheckPlan(network);
        GeneratedFile[] files = [.. ModelEmitter.Emit(network, Target)];
        if (seed % 701 == 0)
        {
            Compiling.Problems(files).ShouldBeEmpty();
        }

        return files.Sum(file => (long)file.Text.Length);
    }

    // No two values that are alive together share a slot, and all sizes fit 64 bits with room to spare.
    private static void CheckPlan(LoweredModel network)
    {
        decimal total = 0;
        long[] frames = new long[network.Stages.Count];
        frames[0] = GraphLimits.MaxSamples;
        foreach (Stage stage in network.Stages.Skip(1))
        {
            frames[stage.Index] = stage.Frames(frames[stage.Previous]);
            frames[stage.Index].ShouldBeInRange(1, GraphLimits.MaxFrames);
        }

        foreach (Lower.Buffer buffer in network.Buffers)
        {
            buffer.RowBytes.ShouldBeGreaterThanOrEqualTo(0);
            buffer.FixedBytes.ShouldBeGreaterThanOrEqualTo(0);
            total += (buffer.FixedBytes + ((decimal)frames[buffer.Stage] + buffer.PadLeft + buffer.PadRight) * buffer.RowBytes) * (buffer.PerThread ? 256 : 1);
        }

        total.ShouldBeLessThan(1L << 60);
        network.MinSamples.ShouldBeInRange(1, GraphLimits.MaxSamples);
        network.Buffers.Select(buffer => buffer.Name).Distinct().Count().ShouldBe(network.Buffers.Count, "two buffers have one name");
        network.Buffers.ShouldAllBe(buffer => buffer.Slot >= 0 && buffer.Slot < network.SlotCount);
    }
}
