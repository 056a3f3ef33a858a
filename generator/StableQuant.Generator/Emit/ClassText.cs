using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>Writes the model's class: construction, frame counts, and the choice of the path.</summary>
internal static class ClassText
{
    private const string Scalar = "__SQ::ScalarPath, __SQ::ScalarInt, __SQ::ScalarWeights, __SQ::ScalarInputs, __SQ::ScalarInt, __SQ::ScalarFloat";

    // The vector paths, and the types of each one's sums, weights, inputs and lanes.
    private static readonly (string Path, string Types)[] Paths =
    [
        ("Avx512", "__SQ::Avx512Path, __SQ::Avx512Sums, __SQ::Avx512Weights, __SIMD::Vector512<short>, __SIMD::Vector512<int>, __SIMD::Vector512<float>"),
        ("AvxVnni", "__SQ::AvxVnniPath, __SQ::Avx2Int, __SQ::AvxVnniWeights, __SIMD::Vector256<byte>, __SQ::Avx2Int, __SQ::Avx2Float"),
        ("Avx2", "__SQ::Avx2Path, __SQ::Avx2Sums, __SQ::Avx2Weights, __SIMD::Vector256<short>, __SQ::Avx2Int, __SQ::Avx2Float"),
        ("ArmDp", "__SQ::ArmDpPath, __SQ::ArmInt, __SQ::ArmWeights, __SIMD::Vector128<sbyte>, __SQ::ArmInt, __SQ::ArmFloat"),
    ];

    // What tells analyzers and coverage that the class, and all that is nested in it, was written by nobody.
    private static readonly (string Type, string Arguments)[] Marks =
    [
        ("System.CodeDom.Compiler.GeneratedCode", $"(\"StableQuant.Compiler\", \"{typeof(ClassText).Assembly.GetName().Version.ToString(3)}\")"),
        ("System.Diagnostics.CodeAnalysis.ExcludeFromCodeCoverage", ""),
    ];

    public static void Write(SourceWriter writer, Network network, ClassTarget target)
    {
        ModelDescription model = network.Model;
        string source = target.WeightsInFile ? "FromFile(" : $"FromResource(\n        typeof({target.Name}).Assembly, ";
        writer.Lines($"/// <summary>The speech model {SourceWriter.Comment(model.Name)}, compiled: 16 kHz samples in, text or logits out.</summary>");
        foreach ((string type, string arguments) in Marks.Where(mark => !target.Attributes.Contains(mark.Type + "Attribute")))
        {
            writer.Lines($"[global::{type}{arguments}]");
        }

        writer.Open($"{target.Accessibility} sealed unsafe partial class {target.Name} : __SQ::SpeechModel");
        writer.Lines($$"""
            private static readonly global::StableQuant.Decoding.CtcVocabulary Tokens = new(
                [{{string.Join(", ", model.Vocabulary.Tokens.Select(SourceWriter.Literal))}}], {{model.Vocabulary.Blank}}, {{model.Vocabulary.WordDelimiter}});

            private static readonly global::System.Lazy<__SQ::WeightsBlob> Weights = new(
                () => __SQ::WeightsBlob.{{source}}{{SourceWriter.Literal(target.Weights)}}, {{model.Weights.Bytes}}L, "{{model.Weights.Sha256}}", WeightsContent),
                global::System.Threading.LazyThreadSafetyMode.PublicationOnly);

            private readonly Plan plan;
            private readonly __SQ::WeightsBlob weights;

            /// <summary>Makes an instance with a workspace of its own; all instances share the weights.</summary>
            /// <param name="maxSeconds">The longest utterance accepted; memory grows with it.</param>
            /// <param name="threads">Threads that work on one utterance, the caller's own included; results do not depend on it.</param>
            /// <exception cref="global::System.IO.InvalidDataException">The weights are missing, damaged, or another model's.</exception>
            public {{target.Name}}(double maxSeconds = {{SourceWriter.Literal(target.MaxSeconds)}}, int threads = 1)
                : base(Tokens, {{SourceWriter.Literal(model.Audio.Epsilon)}}, {{network.MinSamples}}, {{network.SamplesPerFrame}}, maxSeconds, threads)
            {
                weights = Weights.Value;
                plan = new Plan(new Frames(MaxSamples), threads);
                Allocate(plan.Bytes);
            }

            /// <inheritdoc/>
            public override int FrameCount(int samples) => samples < MinSamples ? 0 : new Frames(samples).Stage{{network.Logits.Stage}};

            """);
        WriteForward(writer, network);
        WriteFrames(writer, network.Stages);
        writer.Close();
    }

    private static void WriteForward(SourceWriter writer, Network network)
    {
        writer.Lines("/// <inheritdoc/>");
        writer.Open("protected override float* Forward(in __SQ::AudioSamples audio, int samples, byte* arena)");
        writer.Lines("Workspace work = new(new Frames(samples), plan, audio, weights.Pointer, arena);");
        writer.Open("switch (__SQ::KernelPaths.Lanes)");
        foreach ((string path, string types) in Paths)
        {
            // On a processor that lacks the path, the condition is a constant: nothing is compiled for it.
            string emulated = path == "ArmDp" ? "global::System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported || " : "";
            writer.Lines($"""
                case __SQ::KernelPath.{path} when {emulated}__SQ::{path}Path.IsSupported:
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
        writer.Lines($"return (float*)work.Slot{network.Logits.Slot};");
        writer.Close();
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
    }

    private static string Signed(int offset) => offset < 0 ? $" - {-offset}" : offset > 0 ? $" + {offset}" : "";
}
