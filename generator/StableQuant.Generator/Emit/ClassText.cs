using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>Writes the model's class: construction, frame counts, arena, and the choice of the path.</summary>
internal static class ClassText
{
    private const string Scalar = "SQ::ScalarPath, SQ::ScalarInt, nint, nint, SQ::ScalarInt, SQ::ScalarFloat";

    // The vector paths, and the types of each one's sums, weights, inputs and lanes.
    private static readonly (string Path, string Types)[] Paths =
    [
        ("Avx512", "SQ::Avx512Path, SQ::Avx512Sums, SQ::Avx512Weights, SIMD::Vector512<short>, SIMD::Vector512<int>, SIMD::Vector512<float>"),
        ("AvxVnni", "SQ::AvxVnniPath, SQ::Avx2Int, SQ::AvxVnniWeights, SIMD::Vector256<byte>, SQ::Avx2Int, SQ::Avx2Float"),
        ("Avx2", "SQ::Avx2Path, SQ::Avx2Sums, SQ::Avx2Weights, SIMD::Vector256<short>, SQ::Avx2Int, SQ::Avx2Float"),
        ("ArmDp", "SQ::ArmDpPath, SQ::ArmInt, SQ::ArmWeights, SIMD::Vector128<sbyte>, SQ::ArmInt, SQ::ArmFloat"),
    ];

    public static void Write(SourceWriter writer, Network network, ClassTarget target)
    {
        ModelDescription model = network.Model;
        writer.Lines($"/// <summary>The speech model {SourceWriter.Comment(model.Name)}, compiled: 16 kHz samples in, text or logits out.</summary>");
        writer.Open($"{target.Accessibility} sealed unsafe partial class {target.Name} : SQ::SpeechModel");
        writer.Lines($$"""
            private static readonly SQ::CtcVocabulary Tokens = new(
                [{{string.Join(", ", model.Vocabulary.Tokens.Select(SourceWriter.Literal))}}], {{model.Vocabulary.Blank}}, {{model.Vocabulary.WordDelimiter}});

            private static readonly global::System.Lazy<SQ::WeightsBlob> Weights = new(
                () => SQ::WeightsBlob.FromResource(
                    typeof({{target.Name}}).Assembly, {{SourceWriter.Literal(target.WeightsResource)}}, {{model.Weights.Bytes}}L, "{{model.Weights.Sha256}}"),
                global::System.Threading.LazyThreadSafetyMode.PublicationOnly);

            private readonly Plan plan;

            /// <summary>Makes an instance with a workspace of its own; all instances share the weights.</summary>
            /// <param name="maxSeconds">The longest utterance accepted; memory grows with it.</param>
            /// <param name="threads">Threads that work on one utterance, the caller's own included; results do not depend on it.</param>
            /// <exception cref="global::System.IO.InvalidDataException">The weights are missing, damaged, or another model's.</exception>
            public {{target.Name}}(double maxSeconds = 30, int threads = 1)
                : base(Tokens, {{SourceWriter.Literal(model.Audio.Epsilon)}}, {{network.MinSamples}}, maxSeconds, threads)
            {
                _ = Weights.Value;
                plan = new Plan(new Frames(MaxSamples), threads);
                Allocate(plan.Bytes);
            }

            /// <inheritdoc/>
            public override int FrameCount(int samples) => samples < MinSamples ? 0 : new Frames(samples).Stage{{network.Logits.Stage}};

            """);
        WriteForward(writer, network);
        WriteFrames(writer, network.Stages);
        WritePlan(writer, network);
        WriteWorkspace(writer, network);
        writer.Close();
    }

    private static void WriteForward(SourceWriter writer, Network network)
    {
        writer.Lines("/// <inheritdoc/>");
        writer.Open("protected override float* Forward(in SQ::AudioSamples audio, int samples, byte* arena)");
        writer.Lines("Workspace work = new(new Frames(samples), plan, audio, Weights.Value.Pointer, arena);");
        writer.Open("switch (SQ::KernelPaths.Lanes)");
        foreach ((string path, string types) in Paths)
        {
            // On a processor that lacks the path, the condition is a constant: nothing is compiled for it.
            string condition = path == "ArmDp" ? "" : $" when SQ::{path}Path.IsSupported";
            writer.Lines($"""
                case SQ::KernelPath.{path}{condition}:
                    Team.Run(&Network<{types}>.Run, &work);
                    break;
                """);
        }

        writer.Lines($"""
            default:
                Team.Run(&Network<{Scalar}>.Run, &work);
                break;
            """);
        writer.Close();
        writer.Lines("");
        writer.Lines($"return (float*)work.Slot{network.Logits.Slot};");
        writer.Close();
        writer.Lines("");
    }

    private static void WriteFrames(SourceWriter writer, EquatableArray<Stage> stages)
    {
        writer.Lines("/// <summary>Frames after each convolution that changes their number; stage 0 is the samples.</summary>");
        writer.Open("private readonly struct Frames");
        foreach (Stage stage in stages)
        {
            writer.Lines($"internal readonly int Stage{stage.Index};");
        }

        writer.Lines("");
        writer.Open("internal Frames(int samples)");
        writer.Lines("Stage0 = samples;");
        foreach (Stage stage in stages.Skip(1))
        {
            writer.Lines($"Stage{stage.Index} = (Stage{stage.Previous}{Signed(stage.Padding - stage.Kernel)}) / {stage.Stride} + 1;");
        }

        writer.Close();
        writer.Close();
        writer.Lines("");
    }

    private static void WritePlan(SourceWriter writer, Network network)
    {
        writer.Lines("/// <summary>The static memory plan: where each slot of the arena begins. Values that are never alive together share a slot.</summary>");
        writer.Open("private readonly struct Plan");
        for (int slot = 0; slot < network.SlotCount; slot++)
        {
            writer.Lines($"internal readonly long Slot{slot};");
        }

        writer.Lines("internal readonly long Bytes;");
        writer.Lines("");
        writer.Open("internal Plan(in Frames frames, int threads)");
        writer.Lines("long end = 0;");
        for (int slot = 0; slot < network.SlotCount; slot++)
        {
            writer.Lines("");
            writer.Lines($"Slot{slot} = end;");
            writer.Lines("long bytes" + slot + " = 0;");
            foreach (Lower.Buffer buffer in network.Buffers.Where(b => b.Slot == slot))
            {
                int padding = buffer.PadLeft + buffer.PadRight;
                string size = buffer.RowBytes == 0
                    ? $"{buffer.FixedBytes}{(buffer.PerThread ? "L * threads" : "")}"
                    : $"(frames.Stage{buffer.Stage}{(padding == 0 ? "" : $" + {padding}")}) * {buffer.RowBytes}L{(buffer.PerThread ? " * threads" : "")}";
                writer.Lines($"bytes{slot} = global::System.Math.Max(bytes{slot}, {size}); // {SourceWriter.Comment(buffer.Name)}");
            }

            writer.Lines($"end = SQ::SpeechModel.NextSlot(end, bytes{slot});");
        }

        writer.Lines("");
        writer.Lines("Bytes = end;");
        writer.Close();
        writer.Close();
        writer.Lines("");
    }

    private static void WriteWorkspace(SourceWriter writer, Network network)
    {
        writer.Lines("/// <summary>One call's view of arena, weights and audio.</summary>");
        writer.Open("private readonly struct Workspace");
        writer.Lines("""
            internal readonly Frames Frames;
            internal readonly SQ::AudioSamples Audio;
            internal readonly byte* Weights;
            """);
        for (int slot = 0; slot < network.SlotCount; slot++)
        {
            writer.Lines($"internal readonly byte* Slot{slot};");
        }

        writer.Lines("");
        writer.Open("internal Workspace(in Frames frames, in Plan plan, in SQ::AudioSamples audio, byte* weights, byte* arena)");
        writer.Lines("""
            Frames = frames;
            Audio = audio;
            Weights = weights;
            """);
        for (int slot = 0; slot < network.SlotCount; slot++)
        {
            writer.Lines($"Slot{slot} = arena + plan.Slot{slot};");
        }

        writer.Close();
        writer.Close();
    }

    private static string Signed(int offset) => offset < 0 ? $" - {-offset}" : offset > 0 ? $" + {offset}" : "";
}
